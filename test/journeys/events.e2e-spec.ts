import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { makeKey, revokeKey } from '../support/keys.js';
import { call, type Gateway, get, read, Stack, TOKENS } from '../support/stack.js';

const asWriter = { 'x-api-key': TOKENS.writer };

/** One event, with what it says. */
interface Told {
  readonly id: string;
  readonly event: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
}

let site: FakeSite;
let stack: Stack;

beforeAll(async () => {
  [site, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    Stack.start({ gateways: 2, environment: { WARM_ROUND: '100ms' } }),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

/** Listens, and gives each event to whoever asks for the next. */
async function listen(gateway: Gateway, path: string, headers: Record<string, string> = {}) {
  const hangUp = new AbortController();
  const response = await fetch(gateway.url + path, {
    headers: { ...asWriter, ...headers },
    signal: hangUp.signal,
  });
  const texts = textsOf(response);
  const next = async (): Promise<Told | undefined> => {
    for (;;) {
      const { value, done } = await texts.next();
      if (done === true) return undefined;
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(value)?.[1];
      const [id, event, data] = [field('id'), field('event'), field('data')];
      if (id !== undefined && event !== undefined) return { id, event, data: JSON.parse(data ?? '') };
    }
  };
  return { response, next, hangUp: () => hangUp.abort() };
}

async function* textsOf(response: Response): AsyncGenerator<string, void, undefined> {
  let held = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    held += chunk;
    for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
      yield held.slice(0, end);
      held = held.slice(end + 2);
    }
  }
}

/** A list to warm, with a page that waits to be let through and one that isn't there. */
async function slowBatch(name: string) {
  const gate = site.gatedPage(`/${name}`, html('Slow'));
  const { body } = await call(stack.gateway, 'POST', '/v1/warm', {
    headers: { ...asWriter, 'content-type': 'application/json' },
    body: JSON.stringify({ urls: [site.url(`/${name}`), site.url(`/not-${name}`)] }),
  });
  return { href: body.data.href as string, gate };
}

async function untilOver(next: () => Promise<Told | undefined>): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (let event = await next(); event !== undefined; event = await next()) told.push(event);
  return told;
}

describe('the events of a batch', () => {
  test('tell how it goes up to its outcome, and end', async () => {
    const { href, gate } = await slowBatch('told');
    const { response, next } = await listen(stack.gateway, `${href}/events`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await next())!.event).toBe('state');
    await gate.arrived;
    gate.open();
    const told = await untilOver(next);
    const last = told.at(-1)!;
    expect(last).toMatchObject({
      event: 'outcome',
      data: { state: 'completed', done: 2, outcomes: { success: 1, ENOTFOUND: 1 } },
    });
    expect(last.data).toEqual((await get(stack.gateway, href, asWriter)).body.data);
    // Who comes back to what he has seen the end of need not come again.
    const { response: again } = await listen(stack.gateway, `${href}/events`, { 'last-event-id': last.id });
    expect(again.status).toBe(204);
  });

  test('go on at another gateway, where their listener left off', async () => {
    const { href, gate } = await slowBatch('resumed');
    await gate.arrived;
    const { next, hangUp } = await listen(stack.gateways[0]!, `${href}/events`);
    let seen = (await next())!;
    while (seen.data.done < 1 || seen.data.running < 1) seen = (await next())!;
    hangUp();
    const resumed = await listen(stack.gateways[1]!, `${href}/events`, { 'last-event-id': seen.id });
    gate.open();
    const told = await untilOver(resumed.next);
    expect(told.map(({ id }) => id)).not.toContain(seen.id);
    expect(told.at(-1)).toMatchObject({ event: 'outcome', data: { done: 2 } });
  });
});

test('the events of a job tell how a scrape goes', async () => {
  const gate = site.gatedPage('/scraped', html('Scraped'));
  const { body } = await read(stack.gateway, site.url('/scraped'), {}, '&wait=10ms');
  const { next } = await listen(stack.gateway, `${body.job.href}/events`);
  expect((await next())!.data).toMatchObject({ kind: 'job', outcome: null });
  gate.open();
  const last = (await untilOver(next)).at(-1);
  expect(last).toMatchObject({ event: 'outcome', data: { state: 'completed', outcome: 'success' } });
});

test('there are none of what is not there, and none for readers', async () => {
  for (const kind of ['jobs', 'batches']) {
    const path = `/v1/${kind}/00000000-0000-4000-8000-000000000000/events`;
    expect(await get(stack.gateway, path, asWriter)).toMatchObject({
      status: 404,
      body: { code: 'ENOROUTE' },
    });
    expect(await get(stack.gateway, path)).toMatchObject({ status: 401, body: { code: 'EAUTH' } });
  }
});

test('end with their key, at every gateway, and come back to nobody', async () => {
  const { href, gate } = await slowBatch('revoked');
  const [lost, kept] = [await makeKey(stack.gateway, 'writer'), await makeKey(stack.gateway, 'writer')];
  const headers = ({ secret }: { readonly secret: string }) => ({ 'x-api-key': secret });
  const those = await Promise.all(
    stack.gateways.map((gateway) => listen(gateway, `${href}/events`, headers(lost))),
  );
  const others = await listen(stack.gateway, `${href}/events`, headers(kept));
  await Promise.all([...those, others].map(({ next }) => next()));
  const revokedAt = performance.now();
  await revokeKey(stack.gateway, lost.id);
  await Promise.all(those.map(({ next }) => untilOver(next)));
  expect(performance.now() - revokedAt).toBeLessThan(4_000);
  const again = await listen(stack.gateway, `${href}/events`, headers(lost));
  expect(again.response.status).toBe(401);
  gate.open();
  expect((await untilOver(others.next)).at(-1)!.event).toBe('outcome');
});

test('a gateway that is told to stop ends its streams, and does so at once', async () => {
  const { href, gate } = await slowBatch('stopped');
  const gateway = await stack.addGateway();
  const { next } = await listen(gateway, `${href}/events`);
  await next();
  const startedAt = performance.now();
  await Promise.all([untilOver(next), gateway.process.stop()]);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  gate.open();
});

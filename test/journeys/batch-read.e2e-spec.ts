import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { makeKey } from '../support/keys.js';
import { withinAMinute } from '../support/minutes.js';
import { type Answer, call, get, read, Stack, TOKENS } from '../support/stack.js';

const LIMIT = 2_500;

const JSON_TYPE = { 'content-type': 'application/json' };

let site: FakeSite;
let stack: Stack;

beforeAll(async () => {
  [site, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    Stack.start({ environment: { RATE_LIMIT_PER_KEY: String(LIMIT) } }),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

function readAll(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return call(stack.gateway, 'POST', '/v1/previews', {
    headers: { ...JSON_TYPE, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Pages that are served, and known if need be. */
async function pages(prefix: string, count: number, areKnown = true): Promise<readonly string[]> {
  const paths = Array.from({ length: count }, (_, index) => `/${prefix}-${index}`);
  for (const path of paths) site.page(path, html(path.slice(1)));
  if (areKnown) await Promise.all(paths.map((path) => read(stack.gateway, site.url(path))));
  return paths.map((path) => site.url(path));
}

/** A batch as a stream of lines, which its reader can hang up on. */
function openLines(body: unknown): {
  readonly next: () => Promise<{ readonly index: number; readonly [field: string]: unknown } | undefined>;
  readonly hangUp: () => void;
} {
  const asked = request(`${stack.gateway.url}/v1/previews`, {
    method: 'POST',
    headers: { ...JSON_TYPE, accept: 'application/x-ndjson' },
  });
  asked.on('error', () => undefined);
  asked.end(JSON.stringify(body));
  const answered = new Promise<AsyncIterator<string>>((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', (response) => {
      const reader: Interface = createInterface({ input: response });
      resolve(reader[Symbol.asyncIterator]());
    });
  });
  return {
    next: async () => {
      const { value, done } = await (await answered).next();
      return done === true ? undefined : JSON.parse(value);
    },
    hangUp: () => asked.destroy(),
  };
}

describe('a batch of reads', () => {
  test('answers each URL as a read of it alone would, in the order of the list', async () => {
    const [known] = await pages('known', 1);
    const [cold] = await pages('cold', 1, false);
    const urls = [cold, 'nothing', known, site.url('/not-there'), `${cold}#again`, 'ftp://x.example/'];
    const { status, headers, body } = await readAll({ urls });
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'application/json; charset=utf-8',
      'no-store',
    ]);
    expect(body).toMatchObject({ status: 'success', data: { total: 6 } });
    const { previews } = body.data;
    expect(previews.map(({ url }: { url: string }) => url)).toEqual(urls);
    expect(previews.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(previews.map(({ httpStatus }: { httpStatus: number }) => httpStatus)).toEqual([
      200, 400, 200, 404, 200, 400,
    ]);
    const alone = await read(stack.gateway, known!);
    expect(previews[2]).toEqual({ index: 2, url: known, httpStatus: 200, cacheStatus: 'HIT', ...alone.body });
    expect(previews[0]).toMatchObject({ status: 'success', cacheStatus: 'MISS', data: { title: 'cold-0' } });
    expect(previews[4].data).toEqual(previews[0].data);
    expect(previews[1]).toEqual({
      index: 1,
      url: 'nothing',
      httpStatus: 400,
      cacheStatus: 'MISS',
      status: 'fail',
      code: 'EINVALURL',
      message: expect.any(String),
      more: expect.any(String),
      id: headers.get('x-request-id'),
      data: {},
    });
    expect(previews[3]).toMatchObject({ status: 'fail', code: 'ENOTFOUND', data: { statusCode: 404 } });
    expect([site.visitsTo('/cold-0'), site.visitsTo('/known-0')]).toEqual([1, 1]);
  });

  test('answers what is no text for itself, and the others as ever', async () => {
    const [known] = await pages('beside', 1);
    const { status, body } = await readAll({ urls: [null, known, 7, { url: known }] });
    expect(status).toBe(200);
    expect(body.data.previews).toMatchObject([
      { index: 0, url: 'null', httpStatus: 400, code: 'EINVALURL' },
      { index: 1, url: known, httpStatus: 200, data: { title: 'beside-0' } },
      { index: 2, url: '7', httpStatus: 400, code: 'EINVALURL' },
      { index: 3, url: '{…}', httpStatus: 400, code: 'EINVALURL' },
    ]);
  });

  test('shows what its caller chose, in whatever language', async () => {
    site.page('/ünï?é', html('x')).page('/choice', html('日本語 🎈'));
    const { body } = await readAll({ urls: [site.url('/choice?q=日本')], filter: ['title'] });
    expect(body.data.previews[0]).toMatchObject({
      url: site.url('/choice?q=日本'),
      data: { title: '日本語 🎈' },
    });
    expect(Object.keys(body.data.previews[0].data)).toEqual(['title']);
  });

  test('as lines gives what is known at once, and the rest as it gets ready', async () => {
    const known = await pages('at-once', 20);
    const gate = site.gatedPage('/slow', html('Slow'));
    const { next } = openLines({ urls: [site.url('/slow'), ...known] });
    const first = [];
    for (const _ of known) first.push((await next())!.index);
    expect(first).toEqual(known.map((_url, place) => place + 1));
    await gate.arrived;
    gate.open();
    expect(await next()).toMatchObject({ index: 0, httpStatus: 200, data: { title: 'Slow' } });
    expect(await next()).toBeUndefined();
  });

  test('waits as long as its caller says, and then names the jobs that go on', async () => {
    const gate = site.gatedPage('/later', html('Later'));
    const [known] = await pages('sooner', 1);
    const { status, body } = await readAll({ urls: [site.url('/later'), known], wait: '100ms' });
    const [later, sooner] = body.data.previews;
    expect([status, later.httpStatus, sooner.httpStatus]).toEqual([200, 202, 200]);
    expect(later).toMatchObject({ status: 'pending', data: { url: site.url('/later') } });
    const job = () => get(stack.gateway, later.job.href, { 'x-api-key': TOKENS.writer });
    expect((await job()).body.data.url).toBe(site.url('/later'));
    gate.open();
    await eventually(job, (answer) => answer.body.data.state === 'completed');
    const again = await readAll({ urls: [site.url('/later')], wait: 0 });
    expect(again.body.data.previews[0]).toMatchObject({ httpStatus: 200, data: { title: 'Later' } });
    expect(site.visitsTo('/later')).toBe(1);
  });

  test('has a thousand pages, of which each is visited once', async () => {
    const known = await pages('many-known', 50);
    const cold = await pages('many-cold', 150, false);
    const again = Array.from({ length: 650 }, (_, index) => known[index % known.length]);
    const urls = [...known, ...cold, ...cold.map((url) => `${url}?utm_source=x`), ...again];
    const { body } = await readAll({ urls, wait: '28s' });
    const failed = body.data.previews.filter((one: { httpStatus: number }) => one.httpStatus !== 200);
    expect([body.data.total, failed]).toEqual([1_000, []]);
    const visits = cold.map((url) => site.visitsTo(new URL(url).pathname));
    expect(visits.every((count) => count === 1)).toBe(true);
  });

  test('stops waiting when its caller hangs up', async () => {
    const gate = site.gatedPage('/hung-up', html('Hung up'));
    const [known] = await pages('before-hanging-up', 1);
    const { next, hangUp } = openLines({ urls: [known, site.url('/hung-up')] });
    await next();
    await gate.arrived;
    hangUp();
    gate.open(); // the scrape goes on
    expect(
      await eventually(
        () => read(stack.gateway, site.url('/hung-up')),
        ({ headers }) => headers.get('x-cache-status') === 'HIT',
      ),
    ).toMatchObject({ status: 200 });
  });

  test('counts each URL to its caller, and those beyond his limit fail by themselves', async () => {
    const { secret } = await makeKey(stack.gateway, 'reader');
    const own = { 'x-api-key': secret };
    const known = await pages('counted', 1);
    await withinAMinute(15_000);
    const urls = Array.from({ length: 1_000 }, () => known[0]);
    const answers: Answer[] = [];
    for (let turn = 0; turn < 4; turn += 1) answers.push(await readAll({ urls, filter: ['url'] }, own));
    const first = answers[0]!;
    expect(Number(first.headers.get('x-rate-limit-remaining'))).toBe(LIMIT - 1_000);
    const statuses = answers.flatMap(({ body }) =>
      (body.data?.previews ?? []).map((one: { httpStatus: number }) => one.httpStatus),
    );
    const within = statuses.filter((status) => status === 200).length;
    expect(within).toBeGreaterThanOrEqual(0.9 * LIMIT);
    expect(within).toBeLessThanOrEqual(1.1 * LIMIT);
    expect(statuses.filter((status) => status === 429).length + within).toBe(statuses.length);
  });

  test('has room for a thousand of the longest URLs, and no more', async () => {
    const [known] = await pages('longest', 1);
    const longest = `${known}#${'x'.repeat(4_095 - known!.length)}`;
    const urls = Array.from({ length: 1_000 }, () => longest);
    const answer = await readAll(JSON.stringify({ urls, wait: '5s', filter: ['title'] }, null, 2));
    expect(answer.status).toBe(200);
    const [first, ...others] = answer.body.data.previews;
    expect(first).toMatchObject({ url: longest, httpStatus: 200, data: { title: 'longest-0' } });
    expect(others.every(({ httpStatus }: { httpStatus: number }) => httpStatus === 200)).toBe(true);
    const tooLarge = await readAll(JSON.stringify({ urls }) + ' '.repeat(64 * 1_024));
    expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'ETOOLARGEBODY']);
  });

  test('that is large waits outside while too many are being read, and a small one goes on', async () => {
    const [known] = await pages('beside-large', 1);
    const gateway = await stack.addGateway();
    const sent = Array.from({ length: 34 }, () => {
      const asked = request(`${gateway.url}/v1/previews`, {
        method: 'POST',
        headers: { ...JSON_TYPE, 'content-length': 4_000_000 },
      });
      asked.on('error', () => undefined);
      asked.flushHeaders();
      return asked;
    });
    const refused = await Promise.race(sent.map((asked) => once(asked, 'response')));
    const [{ statusCode, headers }] = refused as [IncomingMessage];
    expect([statusCode, headers['retry-after']]).toEqual([503, '5']);
    const small = () =>
      call(gateway, 'POST', '/v1/previews', { headers: JSON_TYPE, body: JSON.stringify({ urls: [known] }) });
    expect((await small()).status).toBe(200);
    for (const asked of sent) asked.destroy();
    const large = JSON.stringify({ urls: [known] }).padEnd(4_000_000, ' ');
    const readLarge = () => call(gateway, 'POST', '/v1/previews', { headers: JSON_TYPE, body: large });
    expect((await eventually(readLarge, ({ status }) => status !== 503)).status).toBe(200);
  });

  test('refuses a list that is too long', async () => {
    const answer = await readAll({ urls: Array.from({ length: 1_001 }, () => 'https://example.com/') });
    expect([answer.status, answer.body.code]).toEqual([400, 'EINVALDATA']);
  });

  test.each([
    [{}, 'EINVALDATA'],
    [{ urls: [] }, 'EINVALDATA'],
    [{ urls: ['https://example.com/'], tll: '1h' }, 'EINVALDATA'],
    [{ urls: ['https://example.com/'], ttl: '1s' }, 'EINVALTTL'],
    [{ urls: ['https://example.com/'], ttl: '1h', staleTtl: '2h' }, 'EINVALSTTL'],
    [{ urls: ['https://example.com/'], wait: 'soon' }, 'EINVALDATA'],
    [{ urls: ['https://example.com/'], filter: ['tile'] }, 'EINVALDATA'],
    ['{"urls":', 'EBODY'],
    ['null', 'EINVALDATA'],
  ])('refuses %j with %s', async (body, code) => {
    const answer = await readAll(body);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });
});

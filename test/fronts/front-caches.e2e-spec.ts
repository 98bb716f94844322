import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { type FrontCache, type FrontCacheName, startFrontCache } from '../support/front-caches.js';
import { type Answer, call, type Gateway, get, read, Stack, TOKENS } from '../support/stack.js';

/** Long enough to be worth compressing. */
const LONG = html('Long', `<meta name="description" content="${'What it is all about. '.repeat(40)}">`);

/** For installing a program first, where it is missing. */
const SETUP_MS = 600_000;

/** Longest wait for what happens by itself. */
const PATIENCE_MS = 20_000;

const CACHES: readonly FrontCacheName[] = ['Varnish', 'nginx'];

let stack: Stack;
let site: FakeSite;
let open: Gateway;
let brief: Gateway;
let closed: Gateway;
const fronts: FrontCache[] = [];

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
  open = stack.gateway;
  brief = await stack.addGateway({ SHARED_MAX_AGE: '1s' });
  closed = await stack.addGateway({ ANONYMOUS_READ: 'false' });
});

afterAll(async () => {
  await Promise.all(fronts.map(({ process }) => process.stop()));
  await stack.stop();
  await site.stop();
});

async function inFrontOf(gateway: Gateway, name: FrontCacheName): Promise<FrontCache> {
  const front = await startFrontCache(name, gateway);
  fronts.push(front);
  return front;
}

describe.each(CACHES)('%s in front of an open gateway', (name) => {
  let front: FrontCache;
  const page = (path: string, body = html('Page')): string => {
    const own = `/${name}${path}`;
    site.page(own, body);
    return site.url(own);
  };

  beforeAll(async () => {
    front = await inFrontOf(open, name);
  }, SETUP_MS);

  test('asks once and then answers by itself', async () => {
    const url = page('/twice');
    const first = await read(front, url);
    const second = await read(front, url);
    expect([first, second].map(made)).toEqual(['MISS', 'HIT']);
    expect(first.body).toMatchObject({ status: 'success', data: { title: 'Page' } });
    expect(second.body).toEqual(first.body);
    expect(id(second)).toBe(id(first));
  });

  test('answers 304 to whoever holds these very bytes, and the bytes to whoever holds others', async () => {
    const url = page('/held');
    const first = await read(front, url);
    const etag = first.headers.get('etag') ?? '';
    const held = await read(front, url, { 'if-none-match': etag });
    expect({ status: held.status, body: held.body, made: made(held), id: id(held) }).toEqual({
      status: 304,
      body: '',
      made: 'HIT',
      id: id(first),
    });
    expect(held.headers.get('etag')).toBe(etag);
    const other = await read(front, url, { 'if-none-match': '"other"' });
    expect({ status: other.status, made: made(other) }).toEqual({ status: 200, made: 'HIT' });
  });

  test('keeps what each caller can decode apart', async () => {
    const url = page('/codings', LONG);
    const etags = new Set<string | null>();
    for (const coding of ['br', 'gzip', 'identity']) {
      const first = await read(front, url, { 'accept-encoding': coding });
      const second = await read(front, url, { 'accept-encoding': coding });
      expect([first, second].map(made)).toEqual(['MISS', 'HIT']);
      for (const answer of [first, second]) {
        expect(answer.headers.get('content-encoding') ?? 'identity').toBe(coding);
        expect(answer.headers.get('vary')).toBe('Accept-Encoding');
        expect(answer.body.data.title).toBe('Long');
      }
      etags.add(second.headers.get('etag'));
    }
    expect(etags.size).toBe(3);
    const [br] = etags;
    const other = await read(front, url, { 'accept-encoding': 'gzip', 'if-none-match': br! });
    expect(other.status).toBe(200);
  });

  test('answers HEAD as GET, without the body', async () => {
    const path = `/v1/preview?url=${encodeURIComponent(page('/head'))}`;
    const head = await call(front, 'HEAD', path);
    const whole = await get(front, path);
    const again = await call(front, 'HEAD', path);
    expect([head, whole, again].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([head, whole, again].map(made)).toEqual(['MISS', 'HIT', 'HIT']);
    expect([head.body, again.body]).toEqual(['', '']);
    for (const header of ['etag', 'content-length', 'content-type']) {
      expect(head.headers.get(header)).toBe(whole.headers.get(header));
    }
  });

  test('never stores a failure', async () => {
    site.on(`/${name}/broken`, (_request, response) => response.writeHead(500).end());
    const failures: readonly [string, number][] = [
      [`/v1/preview?url=${encodeURIComponent(site.url(`/${name}/nowhere`))}`, 404],
      [`/v1/preview?url=${encodeURIComponent(site.url(`/${name}/broken`))}`, 422],
      ['/v1/preview?url=nonsense://', 400],
      ['/v1/nothing', 404],
    ];
    for (const [path, status] of failures) {
      const answers = [await get(front, path), await get(front, path)];
      expect(answers.map((answer) => [answer.status, made(answer)])).toEqual([
        [status, 'MISS'],
        [status, 'MISS'],
      ]);
      expect(id(answers[0]!)).not.toBe(id(answers[1]!));
    }
  });

  test('never stores what a writer had fetched anew', async () => {
    const path = `/v1/preview?force=true&url=${encodeURIComponent(page('/forced'))}`;
    const forced = await get(front, path, { 'x-api-key': TOKENS.writer });
    expect({ status: forced.status, made: made(forced) }).toEqual({ status: 200, made: 'MISS' });
    expect((await get(front, path)).status).toBe(401);
  });
});

describe.each(CACHES)('%s with copies that are fresh for a second', (name) => {
  let front: FrontCache;

  beforeAll(async () => {
    front = await inFrontOf(brief, name);
  }, SETUP_MS);

  test('answers an old copy at once while the gateway is frozen, and renews it when that goes on', async () => {
    site.page(`/${name}/frozen`, html('Frozen'));
    const url = site.url(`/${name}/frozen`);
    const first = await read(front, url);
    brief.process.signal('SIGSTOP');
    try {
      await readUntil(front, url, (answer) => made(answer) === 'STALE');
      const next = await readSoon(front, url);
      expect(made(next)).toMatch(/^(STALE|UPDATING)$/);
      expect(next.body).toEqual(first.body);
      expect(id(next)).toBe(id(first));
    } finally {
      brief.process.signal('SIGCONT');
    }
    const answers = await readUntil(front, url, (answer) => id(answer) !== id(first));
    expect(answers.at(-1)!.body).toEqual(first.body);
    expect(site.visitsTo(`/${name}/frozen`)).toBe(1);
  });

  test('tells an Age that grows through every renewal and is never ahead of the time', async () => {
    site.page(`/${name}/aging`, html('Aging'));
    const start = Date.now();
    const answers = await readUntil(front, site.url(`/${name}/aging`), (answer) => age(answer) >= 4);
    const ages = answers.map(age);
    expect(ages[0]).toBeGreaterThanOrEqual(0);
    expect(ages).toEqual(ages.toSorted((a, b) => a - b));
    expect(ages.at(-1)).toBeLessThanOrEqual((Date.now() - start) / 1000);
    expect(new Set(answers.map(id)).size).toBeGreaterThan(1);
  });
});

describe.each(CACHES)('%s in front of a gateway that asks for keys', (name) => {
  let front: FrontCache;
  const asReader = { 'x-api-key': TOKENS.reader };
  const asWriter = { 'x-api-key': TOKENS.writer };
  const strangers: readonly Record<string, string>[] = [{}, { 'x-api-key': 'a-key-of-nobody' }];

  beforeAll(async () => {
    front = await inFrontOf(closed, name);
  }, SETUP_MS);

  test('hands no answer to a caller without a key, and none twice', async () => {
    site.page(`/${name}/private`, html('Private'));
    const url = site.url(`/${name}/private`);
    const refuseStrangers = async () => {
      for (const headers of strangers) {
        const refused = await read(front, url, headers);
        expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 401, code: 'EAUTH' });
        expect(refused.headers.get('cache-control')).toBe('no-store');
      }
    };
    await refuseStrangers();
    const answers: Answer[] = [];
    for (const headers of [asReader, asReader, asWriter]) {
      const answer = await read(front, url, headers);
      answers.push(answer);
      expect(answer.body).toMatchObject({ status: 'success', data: { title: 'Private' } });
      expect(answer.headers.get('cache-control')).toMatch(/^private, /);
      expect(made(answer)).toBe('MISS');
      await refuseStrangers();
    }
    expect(new Set(answers.map(id)).size).toBe(3);
    const etag = answers[0]!.headers.get('etag')!;
    for (const headers of strangers) {
      expect((await read(front, url, { ...headers, 'if-none-match': etag })).status).toBe(401);
    }
  });

  test('hands no answer to a caller without a key who asks while a reader waits for his', async () => {
    const gate = site.gatedPage(`/${name}/awaited`, html('Awaited'));
    const url = site.url(`/${name}/awaited`);
    const reading = read(front, url, asReader);
    await gate.arrived;
    const asking = strangers.map((headers) => read(front, url, headers)); // the caches let these wait for the reader's
    await pause(100);
    gate.open();
    expect((await reading).body.data.title).toBe('Awaited');
    for (const { status } of await Promise.all(asking)) expect(status).toBe(401);
  });
});

describe('a gateway whose own copies grow stale', () => {
  let shortLived: Stack;

  beforeAll(async () => {
    const environment = { SHARED_MAX_AGE: '1s', TTL_DEFAULT: '6s', TTL_MIN: '6s' };
    shortLived = await Stack.start({ environment });
  });

  afterAll(() => shortLived.stop());

  test.each<FrontCacheName>([...CACHES, 'nginx that revalidates'])(
    '%s waits for no refresh, and has the new page soon after',
    async (name) => {
      const front = await inFrontOf(shortLived.gateway, name);
      const path = `/${encodeURIComponent(name)}/changing`;
      const url = site.url(path);
      site.page(path, html('Old'));
      await read(front, url);
      const gate = site.gatedPage(path, html('New'));

      const meanwhile = await readUntil(front, url, () => site.visitsTo(path) === 2);
      for (let count = 0; count < 3; count += 1) meanwhile.push(await readSoon(front, url));
      expect(new Set(meanwhile.map(title))).toEqual(new Set(['Old']));

      gate.open();
      await readUntil(shortLived.gateway, url, (answer) => title(answer) === 'New');
      const start = Date.now();
      await readUntil(front, url, (answer) => title(answer) === 'New');
      // Two seconds and not one: nginx counts whole ones. By the age of the old copy it would be six.
      expect(Date.now() - start).toBeLessThan(3_500);
      expect(site.visitsTo(path)).toBe(2);
    },
    SETUP_MS,
  );
});

test('Varnish that does gzip itself gives everyone what he can decode, and 304 by the tags it weakened', async () => {
  const front = await inFrontOf(open, 'Varnish that does gzip itself');
  site.page('/unpacked', LONG);
  for (const [accepted, coding] of [
    ['gzip, br', 'gzip'],
    ['br', null],
    ['identity', null],
  ] as const) {
    const answer = await read(front, site.url('/unpacked'), { 'accept-encoding': accepted });
    expect(answer.body.data.title).toBe('Long');
    expect(answer.headers.get('content-encoding')).toBe(coding);
    const etag = answer.headers.get('etag')!;
    for (const server of [front, open]) {
      const headers = { 'accept-encoding': 'gzip', 'if-none-match': etag };
      expect((await read(server, site.url('/unpacked'), headers)).status).toBe(304);
    }
  }
});

/** What the cache in front made of the request. */
function made({ headers }: Answer): string | null {
  return headers.get('x-front');
}

/** The gateway gives each request that reaches it another one. */
function id({ headers }: Answer): string | null {
  return headers.get('x-request-id');
}

function age({ headers }: Answer): number {
  return Number(headers.get('age') ?? Number.NaN);
}

function title({ body }: Answer): unknown {
  return body.data?.title;
}

/**
 * Fails where the answer keeps its caller waiting for something that is slow on purpose. On a connection of its own: nginx renews a copy behind its
 * answer, and the next request on that connection waits for the renewal.
 */
function readSoon(server: Gateway, url: string): Promise<Answer> {
  const signal = AbortSignal.timeout(5_000);
  const headers = { connection: 'close' };
  return call(server, 'GET', `/v1/preview?url=${encodeURIComponent(url)}`, { signal, headers });
}

/** Reads until an answer is the right one, and gives all that came. */
async function readUntil(
  server: Gateway,
  url: string,
  isRight: (answer: Answer) => boolean,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const answer = await readSoon(server, url);
    answers.push(answer);
    expect(answer.status).toBe(200);
    if (isRight(answer)) return answers;
    await pause(50);
  }
  throw new Error(`${url}: ${answers.length} answers, and none was the right one`);
}

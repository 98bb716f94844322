import { Agent, request as ask } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { call, type Gateway, get, read, Stack, TOKENS } from '../support/stack.js';
import { ageStoredPreviews } from '../support/test-servers.js';

/** What differs between any two answers. */
const OWN = [
  'date',
  'x-request-id',
  'x-response-time',
  'x-cache-ttl',
  'x-rate-limit-remaining',
  'x-rate-limit-reset',
];

const CARD = '&audio=true&iframe=true&palette=false&screenshot=false&video=true';

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** Keeps connections: the lane answers over those by itself, and Node's HTTP over others. */
const kept = new Agent({ keepAlive: true });

afterAll(() => kept.destroy());

/** One request without what a client adds or unpacks by itself. */
function raw(
  gateway: Gateway,
  agent: Agent | false,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
) {
  return new Promise<RawAnswer>((done, failed) => {
    const sent = ask(gateway.url + path, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        done({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('base64'),
        }),
      );
    });
    sent.once('error', failed);
    sent.end();
  });
}

/** All that a caller can tell two ways to an answer by. */
function comparable({ status, headers, body }: RawAnswer) {
  const present = OWN.filter((name) => headers[name] !== undefined);
  const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.includes(name)));
  // Two answers may fall on the two sides of a second.
  const seconds = ['age', 'cache-status', 'cache-control', 'x-accel-expires'];
  for (const name of seconds) rest[name] &&= String(rest[name]).replace(/\d+/g, '#');
  // A failure has its id in its body.
  return { status, headers: rest, present, body: status! < 400 ? body : body.length };
}

describe.each([
  ['anyone may read', { ANONYMOUS_READ: 'true' }],
  ['a key is needed', { ANONYMOUS_READ: 'false' }],
  ['keys have limits', { ANONYMOUS_READ: 'false', RATE_LIMIT_PER_KEY: '100000' }],
])(
  'where %s, what a page is read with is answered the same with the lane and without',
  (_who, environment) => {
    let stack: Stack;
    let site: FakeSite;
    let on: Gateway;
    let off: Gateway;
    let path: string;
    let pictured: string;
    let gone: string;
    let etag: string;
    const key: Record<string, string> =
      environment.ANONYMOUS_READ === 'true' ? {} : { 'x-api-key': TOKENS.reader };

    beforeAll(async () => {
      [stack, site] = await Promise.all([Stack.start({ environment }), FakeSite.start('127.0.0.2')]);
      [on, off] = [stack.gateway, await stack.addGateway({ ...environment, HOT_LANE: 'false' })];
      site.page('/same', html('Größe, '.repeat(100)));
      site.page('/pictured', html('Pictured', '<meta property="og:image" content="/none.png">'));
      site.on('/gone', (_request, response) => response.writeHead(410).end());
      [path, pictured, gone] = ['/same', '/pictured', '/gone'].map(
        (name) => `/v1/preview?url=${encodeURIComponent(site.url(name))}`,
      ) as [string, string, string];
      await get(on, `${pictured}&palette=true`, key); // its colours can't be had, which is known from then on
      for (const gateway of [on, off])
        for (const page of [path, pictured, gone])
          for (let time = 0; time < 3; time += 1) await get(gateway, page, key);
      etag = (await get(on, path, { ...key, 'accept-encoding': 'identity' })).headers.get('etag')!;
    });

    afterAll(async () => {
      await stack.stop();
      await site.stop();
    });

    const requests: readonly [
      string,
      () => Parameters<typeof raw> extends [Gateway, unknown, ...infer Rest] ? Rest : never,
    ][] = [
      ['as it is', () => [path]],
      ['with the query of a card', () => [path + CARD]],
      ['with colours that there are none of', () => [`${path}&palette=true`]],
      ['with colours that can not be had', () => [`${pictured}&palette=true`]],
      ['of a page that is gone', () => [gone]],
      ['of a page that is gone, by HEAD', () => [gone, {}, 'HEAD']],
      ['on the bare path', () => [path.replace('/v1/preview', '/')]],
      ['with a slash at the end', () => [path.replace('/v1/preview', '/v1/preview/')]],
      ['by HEAD', () => [path, {}, 'HEAD']],
      ['by HEAD, held', () => [path, { 'if-none-match': etag }, 'HEAD']],
      ['held', () => [path, { 'if-none-match': etag }]],
      ['held, weakly', () => [path, { 'if-none-match': `W/${etag}` }]],
      ['held among others', () => [path, { 'if-none-match': `"other", ${etag}` }]],
      ['held, whatever it is', () => [path, { 'if-none-match': '*' }]],
      ['held in another coding', () => [path, { 'if-none-match': etag, 'accept-encoding': 'br' }]],
      ['not held', () => [path, { 'if-none-match': '"other"' }]],
      ['in brotli', () => [path, { 'accept-encoding': 'gzip, deflate, br' }]],
      ['in gzip', () => [path, { 'accept-encoding': 'GZIP;q=0.5, br;q=0' }]],
      ['in any coding', () => [path, { 'accept-encoding': '*' }]],
      ['in no coding', () => [path, { 'accept-encoding': 'br;q=0.000, gzip;q=0, *' }]],
      ['in a part', () => [path, { range: 'bytes=0-9' }]],
      ['on a connection that stays', () => [path, { connection: 'keep-alive' }]],
      ['with a key', () => [path, { 'x-api-key': TOKENS.reader }]],
      ['with a wrong key', () => [path, { 'x-api-key': 'wrong' }]],
      ['from a page of another site', () => [path, { origin: 'https://site.example' }]],
      ['with options', () => [`${path}&ttl=1h&filter=title&wait=1s`]],
      ['with an option that says nothing', () => [`${path}&ttl=soon`]],
      ['by force, without the role', () => [`${path}&force=true`, { 'x-api-key': TOKENS.reader }]],
      ['twice in one', () => [`${path}&url=https://b.example`]],
      ['in other letters', () => [path.replace('preview', 'previe%77')]],
      ['by a method that there is not', () => [path, {}, 'PUT']],
      ['by a browser that asks first', () => [path, { 'access-control-request-method': 'GET' }, 'OPTIONS']],
    ];

    test.each(requests)('%s', async (_how, request) => {
      // The first of a kind goes by the route, which the next one's meaning is learned from.
      for (const agent of [false, false, kept] as const) {
        const [target, headers, method] = request();
        const ask = (gateway: Gateway) => raw(gateway, agent, target, { ...key, ...headers }, method);
        const [one, other] = [await ask(on), await ask(off)];
        expect(comparable(one)).toEqual(comparable(other));
      }
    });
  },
);

describe.each([
  ['with the lane', 'true'],
  ['without it', 'false'],
])('%s', (_how, HOT_LANE) => {
  let stack: Stack;
  let site: FakeSite;
  const asReader = { 'x-api-key': TOKENS.reader };

  beforeAll(async () => {
    [stack, site] = await Promise.all([
      Stack.start({
        environment: { HOT_LANE, ANONYMOUS_READ: 'false', DEMAND_WINDOW: '100ms', L1_MAX_AGE: '1h' },
      }),
      FakeSite.start('127.0.0.2'),
    ]);
  });

  afterAll(async () => {
    await stack.stop();
    await site.stop();
  });

  const readTimes = async (url: string, times: number) => {
    const answers = [];
    for (let time = 0; time < times; time += 1) answers.push(await read(stack.gateway, url, asReader));
    return answers;
  };

  test('every read is counted once', async () => {
    site.page('/counted', html('Counted'));
    const outcomes = ['missing', 'fresh.L1', 'fresh.L2'];
    await readTimes(site.url('/counted'), 7);
    const counted = async () => {
      const { body } = await get(stack.gateway, '/v1/statistics', { 'x-api-key': TOKENS.operator });
      const reads = body.data.totals.reads as Record<string, number>;
      return outcomes.reduce((sum, name) => sum + (reads[name] ?? 0), 0);
    };
    expect(await eventually(counted, (reads) => reads >= 7)).toBe(7);
  });

  test('a page that others read often is closed to who lacks the role', async () => {
    site.page('/closed', html('Closed'));
    await readTimes(site.url('/closed'), 3);
    const strangers = [{}, { 'x-api-key': 'wrong' }, { 'x-api-key': '' }];
    for (const headers of strangers) {
      const { status, body } = await read(stack.gateway, site.url('/closed'), headers);
      expect([status, body.code]).toEqual([401, 'EAUTH']);
    }
  });

  test('a purge is known at once', async () => {
    site.page('/purged', html('Purged'));
    const before = (await readTimes(site.url('/purged'), 3)).at(-1)!;
    expect(before.headers.get('x-cache-status')).toBe('HIT');
    const purged = await call(
      stack.gateway,
      'DELETE',
      `/v1/previews?url=${encodeURIComponent(site.url('/purged'))}`,
      { headers: { 'x-api-key': TOKENS.writer } },
    );
    expect(purged.body).toMatchObject({ data: { purged: 1 } });
    const [after] = await readTimes(site.url('/purged'), 1);
    expect(after!.headers.get('x-cache-status')).toBe('MISS');
    expect(site.visitsTo('/purged')).toBe(2);
  });

  test('a new version is what the next reader gets', async () => {
    site.page('/changing', html('Before'));
    await readTimes(site.url('/changing'), 3);
    site.page('/changing', html('After'));
    await read(stack.gateway, site.url('/changing'), { 'x-api-key': TOKENS.writer }, '&force=true');
    const [next] = await readTimes(site.url('/changing'), 1);
    expect(next!.body.data.title).toBe('After');
  });

  test('a failure that is held is answered as one, and stays it', async () => {
    site.on('/gone', (_request, response) => response.writeHead(404).end());
    const answers = await readTimes(site.url('/gone'), 3);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 3 }, () => [404, 'ENOTFOUND']),
    );
    expect(site.visitsTo('/gone')).toBe(1);
  });

  test('a stale preview is answered and refreshed', async () => {
    site.page('/stale', html('Stale'));
    await readTimes(site.url('/stale'), 3);
    await ageStoredPreviews(stack.databaseUrl, 3_600_000);
    await stack.cache.stop(); // so that another gateway finds the aged copy
    const other = await stack.addGateway();
    const states = async () => {
      const { headers } = await read(other, site.url('/stale'), asReader);
      return headers.get('cache-status');
    };
    expect(await states()).toMatch(/hit; ttl=-\d+/);
    await eventually(
      async () => site.visitsTo('/stale'),
      (visits) => visits === 2,
    );
  });

  test('a gateway that is told to stop answers who is there, and ends', async () => {
    const gateway = await stack.addGateway();
    site.page('/ending', html('Ending'));
    for (let time = 0; time < 3; time += 1) await read(gateway, site.url('/ending'), asReader);
    const answers = Array.from({ length: 20 }, () => read(gateway, site.url('/ending'), asReader));
    const first = await Promise.race(answers);
    expect(first.status).toBe(200);
    await Promise.allSettled(answers);
    await gateway.process.stop();
    expect(await gateway.process.ended).toMatch(/SIGTERM/);
  });
});

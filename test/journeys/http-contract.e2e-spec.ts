import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type Answer, call, get, read, Stack, TOKENS } from '../support/stack.js';
import { aContradiction } from '../support/stored-preview.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 0, environment: { ANONYMOUS_READ: 'false', READ_WAIT: '50ms' } });
});

afterAll(() => stack.stop());

const asReader = { 'x-api-key': TOKENS.reader };
const PAGE = '/v1/preview?url=https://example.com/';

describe('every error has the shape of the contract', () => {
  const refused: readonly [string, string, string, RequestInit, number, string][] = [
    ['no such route', 'GET', '/nothing', {}, 404, 'ENOROUTE'],
    ['no such method', 'POST', '/v1/preview', {}, 405, 'EMETHOD'],
    ['no such method on the bare path', 'DELETE', '/', {}, 405, 'EMETHOD'],
    ['a path that can not be decoded', 'GET', '/%zz', {}, 400, 'EBODY'],
    ['no URL', 'GET', '/v1/preview', { headers: asReader }, 400, 'EINVALURL'],
    [
      'two URLs',
      'GET',
      '/v1/preview?url=https://a.example&url=https://b.example',
      { headers: asReader },
      400,
      'EINVALURL',
    ],
    [
      'a URL of another scheme',
      'GET',
      '/v1/preview?url=file:///etc/passwd',
      { headers: asReader },
      400,
      'EINVALURL',
    ],
    ['a relative URL', 'GET', '/?url=/page', { headers: asReader }, 400, 'EINVALURL'],
    [
      'a URL with a user in it',
      'GET',
      '/?url=https://ada:secret@example.com/',
      { headers: asReader },
      400,
      'EINVALURL',
    ],
    [
      'a URL beyond 4,096 characters',
      'GET',
      `/?url=https://example.com/${'x'.repeat(4_096)}`,
      { headers: asReader },
      400,
      'EINVALURL',
    ],
    ['a ttl out of bounds', 'GET', `${PAGE}&ttl=1s`, { headers: asReader }, 400, 'EINVALTTL'],
    ['a staleTtl beyond it', 'GET', `${PAGE}&ttl=1h&stale_ttl=2h`, { headers: asReader }, 400, 'EINVALSTTL'],
    [
      'another option that says nothing',
      'GET',
      `${PAGE}&wait=soon`,
      { headers: asReader },
      400,
      'EINVALDATA',
    ],
    ['a role that is missing', 'GET', `${PAGE}&force=true`, { headers: asReader }, 403, 'EFORBIDDEN'],
    [
      'a body that is too large',
      'POST',
      '/v1/keys',
      {
        body: 'x'.repeat(2 * 1024 * 1024),
        headers: { 'x-api-key': TOKENS.operator, 'content-type': 'application/json' },
      },
      413,
      'ETOOLARGEBODY',
    ],
    [
      'a body that is no JSON for a method that is not there',
      'POST',
      '/',
      { body: '{', headers: { 'content-type': 'application/json' } },
      405,
      'EMETHOD',
    ],
    [
      'a body that is no JSON for a path that is not there',
      'PUT',
      '/nothing',
      { body: '{', headers: { 'content-type': 'application/json' } },
      404,
      'ENOROUTE',
    ],
    ['a URL too long for HTTP', 'GET', `/v1/preview?url=${'x'.repeat(20_000)}`, {}, 431, 'EINVALURL'],
    ['no key', 'GET', PAGE, {}, 401, 'EAUTH'],
    ['a wrong key', 'GET', PAGE, { headers: { 'x-api-key': 'wrong' } }, 401, 'EAUTH'],
    ['nobody scraping in time', 'GET', PAGE, { headers: asReader }, 504, 'ETIMEOUT'],
  ];

  test.each(refused)('%s', async (_what, method, path, init, status, code) => {
    const answer = await call(stack.gateway, method, path, init);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: {
        status: status >= 500 ? 'error' : 'fail',
        code,
        message: expect.any(String),
        more: expect.any(String),
        url: expect.any(String),
        id: answer.headers.get('x-request-id'),
        data: {},
      },
    });
  });

  test('a method that a route lacks comes with those that it has', async () => {
    const { headers } = await call(stack.gateway, 'PUT', '/v1/preview');
    expect(headers.get('allow')).toBe('GET, HEAD');
  });

  test('a fault of our own, whose id finds it in the log', async () => {
    const url = 'https://example.com/contradiction';
    await aContradiction(stack.databaseUrl, url);
    const { status, body } = await read(stack.gateway, url, asReader);
    expect({ status, body }).toMatchObject({
      status: 500,
      body: { status: 'error', code: 'EFATAL', id: expect.any(String), data: {} },
    });
    expect(JSON.stringify(body)).not.toContain('without a preview'); // what it was is for the log alone
    // The answer may be here before the line is: they come by different ways.
    const line = await eventually(
      async () => stack.gateway.log.find((logged) => logged.includes(body.id)),
      (found) => found !== undefined,
    );
    expect(line).toContain('without a preview');
  });

  test.each([
    ['', 'The request body is empty, and must be JSON.'],
    ['{', 'The request body is no JSON.'],
  ])('a body that can not be read, and why: %j', async (body, message) => {
    const headers = { 'x-api-key': TOKENS.operator, 'content-type': 'application/json' };
    expect(await call(stack.gateway, 'POST', '/v1/keys', { headers, body })).toMatchObject({
      status: 400,
      body: { code: 'EBODY', message },
    });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded'])(
    'a body that is said to be %s is told what it must be',
    async (type) => {
      const headers = { 'x-api-key': TOKENS.operator, 'content-type': type };
      expect(await call(stack.gateway, 'POST', '/v1/keys', { headers, body: '{}' })).toMatchObject({
        status: 400,
        body: { code: 'EBODY', message: 'The request body must be JSON.' },
      });
    },
  );

  test.each(['', '{', 'x'.repeat(2 * 1024 * 1024)])(
    'a body where none is asked for is passed over',
    async (body) => {
      const headers = { 'x-api-key': TOKENS.writer, 'content-type': 'application/json' };
      const { status } = await call(stack.gateway, 'DELETE', '/v1/previews?tag=x', { headers, body });
      expect(status).toBe(200);
    },
  );

  test('whoever takes this for a proxy, or names two hosts', async () => {
    expect(await rawStatus('CONNECT', 'example.com:443')).toBe(501);
    expect(await rawStatus('GET', '/health/live', 'Host: y\r\n')).toBe(400);
  });

  test('who is told so, and holds on or breaks off, harms nobody', async () => {
    const { hostname, port } = new URL(stack.gateway.url);
    const closed = ['hold on', 'break off', 'break off at once'].flatMap((manner) =>
      Array.from({ length: 5 }, async () => {
        const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
        socket.on('error', () => undefined).write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
        if (manner === 'break off at once') setImmediate(() => socket.resetAndDestroy());
        if (manner === 'break off') socket.once('data', () => socket.resetAndDestroy());
        const more = setInterval(() => socket.resume().write('more'), 100); // till nobody takes it
        await new Promise((done) => socket.once('close', done));
        clearInterval(more);
      }),
    );
    await Promise.all(closed);
    expect((await get(stack.gateway, '/health/live')).status).toBe(200);
  });

  test('a key is found behind however many lines fit', async () => {
    const lines = 'a:\r\n'.repeat(3_000);
    expect(await rawStatus('GET', '/v1/keys', `${lines}x-api-key: ${TOKENS.operator}\r\n`)).toBe(200);
  });

  test('who may come again is told when', async () => {
    const { headers } = await get(stack.gateway, PAGE, asReader);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('an answer', () => {
  let serving: Stack;
  let site: FakeSite;

  beforeAll(async () => {
    [serving, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
  });

  afterAll(async () => {
    await serving.stop();
    await site.stop();
  });

  test.each(['/', '/v1/preview', '/v1/preview/'])(
    'on %s says in its headers how it came about',
    async (path) => {
      const own = `/headers-of${path}`;
      site.page(own, html('Headers'));
      const ask = (options = '', key?: string): Promise<Answer> =>
        get(
          serving.gateway,
          `${path}?url=${encodeURIComponent(site.url(own))}${options}`,
          key === undefined ? {} : { 'x-api-key': key },
        );
      const answers = [await ask(), await ask(), await ask('&force=true', TOKENS.writer)];
      expect(answers.map(({ headers }) => headers.get('x-cache-status'))).toEqual(['MISS', 'HIT', 'BYPASS']);
      for (const { status, headers } of answers) {
        expect({ status, headers: Object.fromEntries(headers) }).toMatchObject({
          status: 200,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'x-cache-ttl': expect.stringMatching(/^[1-9]\d*$/),
            'x-fetch-mode': 'fetch',
            'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
            'x-response-time': expect.stringMatching(/^\d+\.\dms$/),
          },
        });
      }
      expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(3);
    },
  );

  test('that is too large to read is a failure of the page', async () => {
    site.on('/large', (_request, response) =>
      response.writeHead(200, { 'x-large': 'x'.repeat(100_000) }).end(),
    );
    expect(await read(serving.gateway, site.url('/large'))).toMatchObject({
      status: 422,
      body: { status: 'fail', code: 'ETOOLARGE' },
    });
  });

  test('to a page of any site can be read there, whatever it is', async () => {
    site.page('/anywhere', html('Anywhere'));
    const slow = site.gatedPage('/slow', html('Slow'));
    const known = await read(serving.gateway, site.url('/anywhere'));
    const etag = known.headers.get('etag') ?? '';
    const answers = [
      known,
      await read(serving.gateway, site.url('/anywhere'), { 'if-none-match': etag }),
      await read(serving.gateway, site.url('/nowhere')),
      await read(serving.gateway, site.url('/slow'), {}, '&wait=0'),
      await get(serving.gateway, '/nothing'),
      await get(serving.gateway, '/%zz'),
      await get(serving.gateway, `/?url=${'x'.repeat(20_000)}`),
      await call(serving.gateway, 'PUT', '/'),
      await read(stack.gateway, site.url('/anywhere')),
    ];
    slow.open();
    expect(answers.map(({ status }) => status)).toEqual([200, 304, 404, 202, 404, 400, 431, 405, 401]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-expose-headers')?.split(', ')).toEqual([
        'x-request-id',
        'x-cache-status',
        'x-cache-ttl',
        'x-response-time',
        'x-rate-limit-limit',
        'x-rate-limit-remaining',
        'x-rate-limit-reset',
      ]);
    }
  });
});

describe('a browser that asks before it calls', () => {
  const preflight = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    call(stack.gateway, 'OPTIONS', path, {
      headers: { origin: 'https://site.example', 'access-control-request-method': 'GET', ...headers },
    });

  test.each(['/', '/v1/preview'])('on %s needs no key, and hears what it may send', async (path) => {
    const { status, headers } = await preflight(path);
    expect({ status, headers: Object.fromEntries(headers) }).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': 'x-api-key, user-agent, content-type',
      },
    });
  });

  test.each([
    ['x-api-key', 'x-api-key'],
    ['X-API-Key,User-Agent, content-type', 'x-api-key, user-agent, content-type'],
    ['x-api-header-cookie,x-api-header-accept-language', 'x-api-header-cookie, x-api-header-accept-language'],
    ['authorization,x-api-key,x-other', 'x-api-key'],
  ])('whether it may send %s hears of %s', async (asked, allowed) => {
    const { headers } = await preflight('/v1/preview', { 'access-control-request-headers': asked });
    expect(headers.get('access-control-allow-headers')).toBe(allowed);
  });

  test('hears of no route that there is not', async () => {
    expect(await preflight('/nothing')).toMatchObject({ status: 404, body: { code: 'ENOROUTE' } });
  });

  test("is not let in to the operator's pages", async () => {
    const { status } = await preflight('/queues/api/queues');
    const { headers } = await get(stack.gateway, '/queues/api/queues');
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });
});

test('a caller who has hung up before he is looked at is no fault of ours', async () => {
  const { hostname, port } = new URL(stack.gateway.url);
  const request = `GET ${PAGE} HTTP/1.1\r\nhost: x\r\nx-api-key: ${TOKENS.reader}\r\n\r\n`;
  for (let count = 0; count < 20; count += 1) {
    const socket = connect(Number(port), hostname);
    socket.write(request, () => socket.resetAndDestroy());
    await once(socket, 'close');
  }
  await get(stack.gateway, PAGE, asReader);
  expect(stack.gateway.log.filter((line) => line.includes('TypeError'))).toEqual([]);
});

describe('a route is closed to who lacks its role', () => {
  const ID = '00000000-0000-4000-8000-000000000000';
  const routes: readonly [string, string, keyof typeof TOKENS][] = [
    ['GET', PAGE, 'reader'],
    ['GET', '/?url=https://example.com/', 'reader'],
    ['GET', `${PAGE}&force=true`, 'writer'],
    ['DELETE', '/v1/previews?tag=x', 'writer'],
    ['POST', '/v1/warm', 'writer'],
    ['GET', `/v1/jobs/${ID}`, 'writer'],
    ['GET', `/v1/batches/${ID}`, 'writer'],
    ['GET', '/v1/hot-keys', 'operator'],
    ['GET', '/v1/forecast', 'operator'],
    ['GET', '/v1/statistics', 'operator'],
  ];
  const ROLES = ['reader', 'writer', 'operator'] as const;

  test.each(routes)('%s %s: from %s on', async (method, path, role) => {
    const codeFor = async (key: string | undefined) => {
      const { status, body } = await call(stack.gateway, method, path, {
        headers: key === undefined ? {} : { 'x-api-key': key },
      });
      return status === 401 || status === 403 ? `${status} ${body.code}` : 'let in';
    };
    expect(await codeFor(undefined)).toBe('401 EAUTH');
    expect(await codeFor('a-wrong-key')).toBe('401 EAUTH');
    for (const held of ROLES) {
      const isEnough = ROLES.indexOf(held) >= ROLES.indexOf(role);
      expect([held, await codeFor(TOKENS[held])]).toEqual([held, isEnough ? 'let in' : '403 EFORBIDDEN']);
    }
  });
});

describe('a large body', () => {
  const LARGE = 2 * 1024 * 1024;
  const TOO_LARGE = 17 * 1024 * 1024;
  const list = (bytes: number) => JSON.stringify({ urls: ['https://example.com/', 'x'.repeat(bytes)] });
  const send = (bytes: number, key: string) =>
    call(stack.gateway, 'POST', '/v1/warm', {
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: list(bytes),
    });

  test('is taken from who may order, up to a limit', async () => {
    expect(await send(LARGE, TOKENS.writer)).toMatchObject({ status: 202, body: { data: { total: 1 } } });
    expect(await send(TOO_LARGE, TOKENS.writer)).toMatchObject({
      status: 413,
      body: { code: 'ETOOLARGEBODY' },
    });
  });

  test.each([
    ['a stranger', '', 401],
    ['a reader', `x-api-key: ${TOKENS.reader}\r\n`, 403],
  ])('of %s is not even waited for', async (_who, header, status) => {
    // Announced, and never sent: whoever reads it first waits for it.
    expect(await rawStatus('POST', '/v1/warm', `${header}content-length: ${LARGE}\r\n`)).toBe(status);
  });

  test('is too large for any other route, and for any other method of this one', async () => {
    const headers = { 'x-api-key': TOKENS.operator, 'content-type': 'application/json' };
    const body = list(LARGE);
    expect((await call(stack.gateway, 'POST', '/v1/keys', { headers, body })).status).toBe(413);
    expect((await call(stack.gateway, 'PUT', '/v1/warm', { headers, body })).status).toBe(405);
  });
});

describe('Bull Board', () => {
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`,
  });
  const PATHS = [
    '/queues',
    '/queues/',
    '/queues/queue/previews',
    '/queues/api/queues',
    '/%71ueues/api/queues',
    '/queues/static/favicon-32x32.png',
    '/queues/no/such/path',
    '/queues//api/queues',
    '/queues/../queues/api/queues',
  ];

  test.each(PATHS)('%s answers 401 to every method without a log-in', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      expect([method, await rawStatus(method, path)]).toEqual([method, 401]);
    }
  });

  test('a queue can not be paused without a log-in, and can with one', async () => {
    const pause = '/queues/api/queues/previews/pause';
    expect((await call(stack.gateway, 'PUT', pause)).status).toBe(401);
    for (const wrong of ['wrong', TOKENS.reader, TOKENS.writer, '']) {
      expect((await call(stack.gateway, 'PUT', pause, { headers: basic(wrong) })).status).toBe(401);
    }
    expect((await call(stack.gateway, 'PUT', pause, { headers: basic(TOKENS.operator) })).status).toBe(200);
    await call(stack.gateway, 'PUT', '/queues/api/queues/previews/resume', {
      headers: basic(TOKENS.operator),
    });
  });

  test('shows its page and its queues to an operator', async () => {
    const page = await get(stack.gateway, '/queues', basic(TOKENS.operator));
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const { body } = await get(stack.gateway, '/queues/api/queues', basic(TOKENS.operator));
    expect(body.queues.map(({ name }: { name: string }) => name)).toEqual(['previews', 'demand', 'palettes']);
  });
});

/** The path and the headers as written: fetch would tidy them up. */
function rawStatus(method: string, path: string, headers = 'content-length: 0\r\n'): Promise<number> {
  const { hostname, port } = new URL(stack.gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${headers}\r\n`,
      );
    });
    socket.once('data', (data) => {
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('a bad environment', () => {
  test.each(['gateway', 'worker'] as const)(
    'stops the %s at once, with every problem named and no value',
    async (app) => {
      const environment = {
        REDIS_QUEUE_URL: 'hunter2',
        DATABASE_URL: 'mysql://x:hunter2@y/z',
        LOG_LEVEL: 'hunter2',
      };
      const log = await stack.failToStart(app, environment);
      expect(log).toContain('REDIS_QUEUE_URL: expected redis://');
      expect(log).toContain('DATABASE_URL: expected postgres://');
      expect(log).toContain('LOG_LEVEL: ');
      expect(log).not.toContain('hunter2');
    },
  );

  test('a taken port is a sentence', async () => {
    const log = await stack.failToStart('gateway', { PORT: new URL(stack.gateway.url).port });
    expect(log).toMatch(/127\.0\.0\.1:\d+ is taken/);
    expect(log).not.toContain('    at ');
  });
});

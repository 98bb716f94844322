import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rawStatus } from '../support/raw-status.js';
import { call, get, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 0, environment: { ANONYMOUS_READ: 'false', READ_WAIT: '50ms' } });
});

afterAll(() => stack.stop());

const PAGE = '/v1/preview?url=https://example.com/';

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
    expect(await rawStatus(stack.gateway, 'POST', '/v1/warm', `${header}content-length: ${LARGE}\r\n`)).toBe(
      status,
    );
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
      expect([method, await rawStatus(stack.gateway, method, path)]).toEqual([method, 401]);
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

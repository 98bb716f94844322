import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { type Answer, call, type Gateway, get, read, Stack } from '../support/stack.js';

let stack: Stack;
/** Serves nobody without a key. */
let closed: Gateway;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
  closed = await stack.addGateway({ ANONYMOUS_READ: 'false' });
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

test('an answer to a page of any site can be read there, whatever it is', async () => {
  site.page('/anywhere', html('Anywhere'));
  const slow = site.gatedPage('/slow', html('Slow'));
  const known = await read(stack.gateway, site.url('/anywhere'));
  const etag = known.headers.get('etag') ?? '';
  const answers = [
    known,
    await read(stack.gateway, site.url('/anywhere'), { 'if-none-match': etag }),
    await read(stack.gateway, site.url('/nowhere')),
    await read(stack.gateway, site.url('/slow'), {}, '&wait=0'),
    await get(stack.gateway, '/nothing'),
    await get(stack.gateway, '/%zz'),
    await get(stack.gateway, `/?url=${'x'.repeat(20_000)}`),
    await call(stack.gateway, 'PUT', '/'),
    await read(closed, site.url('/anywhere')),
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

describe('a browser that asks before it calls', () => {
  const preflight = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    call(closed, 'OPTIONS', path, {
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
    const { headers } = await get(closed, '/queues/api/queues');
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });
});

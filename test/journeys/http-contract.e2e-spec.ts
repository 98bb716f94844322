import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { rawStatus } from '../support/raw-status.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';
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
    expect(await rawStatus(stack.gateway, 'CONNECT', 'example.com:443')).toBe(501);
    expect(await rawStatus(stack.gateway, 'GET', '/health/live', 'Host: y\r\n')).toBe(400);
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
    expect(
      await rawStatus(stack.gateway, 'GET', '/v1/keys', `${lines}x-api-key: ${TOKENS.operator}\r\n`),
    ).toBe(200);
  });

  test('who may come again is told when', async () => {
    const { headers } = await get(stack.gateway, PAGE, asReader);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
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

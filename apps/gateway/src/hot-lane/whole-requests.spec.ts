import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { LentConnection } from './lent-connection.js';
import { WholeRequests } from './whole-requests.js';

const socket = { remoteAddress: '192.0.2.1', pause() {}, resume() {}, destroy() {} } as unknown as Socket;
const wholeRequest = (piece: Buffer) => new WholeRequests(socket).read(piece);
const server = createServer({ requireHostHeader: false });

afterAll(() => void server.close());

/** @returns what Node's own parser makes of a piece: every request in it, or why it refuses */
async function asNodeReads(piece: Buffer): Promise<readonly (IncomingMessage | Error)[]> {
  const read: (IncomingMessage | Error)[] = [];
  const connection = new LentConnection(socket, { answered() {}, letGo() {} });
  const onRequest = (request: IncomingMessage) => read.push(request);
  const onError = (error: Error) => read.push(error);
  server.on('request', onRequest).on('clientError', onError);
  server.emit('connection', connection);
  connection.pass(piece);
  await new Promise(setImmediate);
  connection.destroy();
  server.off('request', onRequest).off('clientError', onError);
  return read;
}

const request = (...lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');

test('reads a request with all its fields', () => {
  const piece = request(
    'GET /v1/preview?url=https%3A%2F%2Fexample.com HTTP/1.1',
    'Host: example.com',
    'X-Empty:',
    'X-Key: \t a b \xa0\t ',
    'Connection: Keep-Alive',
  );
  expect(wholeRequest(piece)).toEqual({
    method: 'GET',
    url: '/v1/preview?url=https%3A%2F%2Fexample.com',
    httpVersion: '1.1',
    headers: { host: 'example.com', 'x-empty': '', 'x-key': 'a b \xa0', connection: 'Keep-Alive' },
    socket,
  });
  expect(wholeRequest(request('HEAD / HTTP/1.1', 'host: a'))?.method).toBe('HEAD');
});

test('reads each request of a connection for itself', () => {
  const requests = new WholeRequests(socket);
  const read = (...lines: readonly string[]) => requests.read(request(...lines));
  expect(read('GET /a HTTP/1.1', 'Host: a', 'x-key: a')?.headers).toEqual({ host: 'a', 'x-key': 'a' });
  expect(read('GET /b HTTP/1.1', 'Host: a', 'x-key: a')).toMatchObject({
    url: '/b',
    headers: { 'x-key': 'a' },
  });
  expect(read('GET /b HTTP/1.1', 'Host: a', 'x-key: b')?.headers).toEqual({ host: 'a', 'x-key': 'b' });
  expect(read('GET /b HTTP/1.1', 'Host: a', 'host: a')).toBeUndefined();
  expect(read('GET /b HTTP/1.1', 'Host: a')?.headers).toEqual({ host: 'a' });
});

test.each([
  ['half a head', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n')],
  [
    'two requests',
    Buffer.concat([request('GET / HTTP/1.1', 'Host: a'), request('GET / HTTP/1.1', 'Host: a')]),
  ],
  ['the begin of another', Buffer.concat([request('GET / HTTP/1.1', 'Host: a'), Buffer.from('G')])],
  ['an empty line before it', Buffer.concat([Buffer.from('\r\n'), request('GET / HTTP/1.1', 'Host: a')])],
  ['another method', request('POST / HTTP/1.1', 'Host: a')],
  ['a method in small letters', request('get / HTTP/1.1', 'Host: a')],
  ['another version', request('GET / HTTP/1.0', 'Host: a')],
  ['no field', request('GET / HTTP/1.1')],
  ['a space in the target', request('GET /a b HTTP/1.1', 'Host: a')],
  ['a target that is no path', request('GET :* HTTP/1.1', 'Host: a')],
  ['a letter in the target that is none', request('GET /\xfc HTTP/1.1', 'Host: a')],
  ['a field twice', request('GET / HTTP/1.1', 'Host: a', 'host: b')],
  ['a field that every object has', request('GET / HTTP/1.1', 'Host: a', '__proto__: b')],
  ['a folded field', request('GET / HTTP/1.1', 'Host: a', ' b')],
  ['a space before the colon', request('GET / HTTP/1.1', 'Host : a')],
  ['a field without a name', request('GET / HTTP/1.1', ': a')],
  ['a line that is no field', request('GET / HTTP/1.1', 'Host: a', 'b')],
  ['a line feed alone', request('GET / HTTP/1.1', 'Host: a\nb: c')],
  ['a carriage return alone', request('GET / HTTP/1.1', 'Host: a\rb: c')],
  ['a NUL', request('GET / HTTP/1.1', 'Host: a\0')],
  ['a body by its length', request('GET / HTTP/1.1', 'Host: a', 'Content-Length: 0')],
  ['a body in chunks', request('GET / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')],
  ['a connection that is to end', request('GET / HTTP/1.1', 'Host: a', 'Connection: close')],
  ['another protocol', request('GET / HTTP/1.1', 'Host: a', 'Upgrade: h2c')],
  ['an expectation', request('GET / HTTP/1.1', 'Host: a', 'Expect: 100-continue')],
  ['more than Node takes', request('GET / HTTP/1.1', `Host: ${'a'.repeat(16 * 1024)}`)],
])('%s is for who knows the protocol whole', (_what, piece) => {
  expect(wholeRequest(piece)).toBeUndefined();
});

const line = fc.oneof(
  fc.constantFrom(
    'Host: a',
    'x-api-key: k',
    'Accept-Encoding: gzip, br',
    'Connection: keep-alive',
    'Content-Length: 3',
    'Transfer-Encoding: chunked',
    'If-None-Match: "a"',
    ' folded',
  ),
  fc
    .tuple(fc.string({ maxLength: 5 }), fc.string({ maxLength: 8 }))
    .map(([name, value]) => `${name}:${value}`),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const piece = fc
  .record({
    first: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom('GET /a?b=c HTTP/1.1', 'HEAD * HTTP/1.1', 'GET http://a/ HTTP/1.1'),
      },
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    lines: fc.array(line, { maxLength: 4 }),
    rest: fc.constantFrom('', '', '', '\r\n', 'abc', 'GET / HTTP/1.1\r\n\r\n'),
    slip: fc.option(
      fc.record({
        at: fc.nat(60),
        bytes: fc.constantFrom('\r', '\n', '\0', ' ', ':', '\x7f', '\xff', '\r\n'),
      }),
    ),
  })
  .map(({ first, lines, rest, slip }) => {
    const text = request(first, ...lines).toString('latin1') + rest;
    if (slip === null) return Buffer.from(text, 'latin1');
    return Buffer.from(text.slice(0, slip.at) + slip.bytes + text.slice(slip.at), 'latin1');
  });

test('whatever it reads, Node reads as the same one request', async () => {
  await fc.assert(
    fc.asyncProperty(piece, async (bytes) => {
      const own = wholeRequest(bytes);
      if (own === undefined) return;
      const read = await asNodeReads(bytes);
      expect(read).toHaveLength(1);
      const { method, url, httpVersion, headers, complete } = read[0] as IncomingMessage;
      expect({ method, url, httpVersion, headers: { ...headers }, complete }).toEqual({
        method: own.method,
        url: own.url,
        httpVersion: own.httpVersion,
        headers: own.headers,
        complete: true,
      });
    }),
    { numRuns: 2_000 },
  );
});

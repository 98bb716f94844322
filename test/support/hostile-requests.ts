import * as fc from 'fast-check';
import { type DocumentedRoute, validRequest } from './api-document.js';

/** A request that nobody should send: HTTP all the same. */
export interface HostileRequest {
  readonly method: string;
  /** As it is written on the first line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
export const ODD_METHODS = ['TRACE', 'PROPFIND', 'LOCK', 'SEARCH', 'QUERY', 'M-SEARCH', 'PURGE', 'LINK'];

const ODD_TEXTS = [
  '',
  ' ',
  '-1',
  '0',
  'NaN',
  '1e309',
  `${'9'.repeat(400)}d`,
  'null',
  '[object Object]',
  '__proto__',
  '\u0000',
  'a\u0000b',
  '\ufeff',
  '\u202e',
  "' OR 1=1 --",
  '*',
  '%',
  '../../etc/passwd',
  'http://',
  'http://[::1',
  'http://a.example:99999/',
  'https://xn--a.example/',
  'https://a.example/\u0000',
  'https://a.example/%00?\ud83d\ude00',
  'x'.repeat(5_000),
  `https://${'a'.repeat(64)}.example/`,
];

/** As it stands in a URL; it may be no text at all there. */
const ODD_ESCAPES = ['%', '%zz', '%00', '%ff%fe', '%c3%28', '%u0041', '%2e%2e%2f', '%25', '..', '+'];

const escaped = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary' }), fc.string());
const oddInUrl = fc.oneof(oddText.map(escaped), fc.constantFrom(...ODD_ESCAPES));

function targetOf(route: DocumentedRoute): fc.Arbitrary<string> {
  const valid = validRequest(route);
  const path = fc
    .oneof(fc.constant(valid.path['id'] ?? 'x'), oddInUrl)
    .map((id) => route.path.replace(/\{\w+\}/g, () => id));
  const known = route.operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name);
  const name = fc.oneof(
    fc.constantFrom(
      ...known,
      ...known.map((one) => one.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
      ...known.map((one) => `${one}[]`),
      ...known.map((one) => `${one}[a]`),
      '__proto__',
      'constructor',
      'toString',
      'meta.image',
      'meta.__proto__',
      'x_y_z',
    ),
    oddInUrl,
  );
  const given = Object.entries(valid.query).map(([one, value]) => `${escaped(one)}=${escaped(value)}`);
  const pair = fc
    .tuple(name, oddInUrl, fc.boolean())
    .map(([one, value, bare]) => (bare ? one : `${one}=${value}`));
  const query = fc
    .tuple(fc.subarray(given), fc.array(pair, { maxLength: 4 }))
    .map(([some, others]) => [...some, ...others].join('&'));
  return fc
    .tuple(path, query, fc.constantFrom('', '', '', '/', '//', ';x', '%00', '.json'))
    .map(([at, search, end]) => `${at}${end}${search === '' ? '' : `?${search}`}`);
}

/** Bodies that are no JSON, or none that was asked for. */
function bodyOf(route: DocumentedRoute): fc.Arbitrary<Buffer> {
  const valid: object = validRequest(route).body ?? {
    urls: ['https://a.example/'],
    name: 'x',
    role: 'reader',
  };
  const text = JSON.stringify(valid);
  const oneChanged = fc
    .tuple(fc.constantFrom(...Object.keys(valid), 'another', '__proto__'), fc.jsonValue({ maxDepth: 3 }))
    .map(([name, value]) =>
      JSON.stringify({ ...valid, ...JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) }),
    );
  const oddTexts = oddText.map((odd) => text.replace(/"[^"]*"(?=[,}\]])/g, () => JSON.stringify(odd)));
  const brokenText = fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) =>
      Buffer.concat([
        Buffer.from('{"name":"'),
        bytes,
        Buffer.from('","role":"reader","urls":["'),
        bytes,
        Buffer.from('"]}'),
      ]),
    );
  return fc.oneof(
    oneChanged.map((text) => Buffer.from(text)),
    oddTexts.map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
    fc.nat(text.length).map((length) => Buffer.from(text.slice(0, length))),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    brokenText,
    fc
      .constantFrom(
        `\ufeff${text}`,
        '['.repeat(20_000),
        '{"a":'.repeat(20_000),
        '{"name":"\\ud800","role":"reader","urls":["\\ud800"]}',
        '{"name":"a\\u0000b","role":"reader","urls":["https://a.example/\\u0000"]}',
        '{"constructor":{"prototype":{"a":1}}}',
        '{"urls":1e999,"at":-1e999}',
        '{"urls":["https://a.example/"],"at":9007199254740993}',
        '{"urls":["https://a.example/"],"at":"+275760-09-13T00:00:00.001Z"}',
        `{"urls":[${'"https://a.example/",'.repeat(10_000)}"x"]}`,
        ' '.repeat(1_100_000),
      )
      .map((one) => Buffer.from(one)),
  );
}

const HEADER_VALUES: Readonly<Record<string, readonly string[]>> = {
  'content-type': [
    'application/json',
    'application/json; charset=utf-16',
    'application/json; charset="',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/x-ndjson',
    'a/b/c',
    ';',
    '',
  ],
  accept: ['application/x-ndjson', 'text/event-stream', 'text/html', 'a;q=x', '*/*;q=9'],
  'accept-encoding': ['br', 'gzip;q=0', 'identity;q=0, *;q=0', 'x'.repeat(1_000)],
  'content-encoding': ['gzip', 'br', 'x'],
  'if-none-match': ['*', 'W/"', '"', '"a", "b"', ','.repeat(1_000)],
  'last-event-id': ['-1', '9'.repeat(50), 'x'],
  range: ['bytes=0-', 'bytes=-1', 'lines=1'],
  expect: ['100-continue', '200-maybe'],
  origin: ['null', 'https://a.example', 'x'],
  'access-control-request-headers': ['x-api-key', ','.repeat(500), '\u00ff'],
  'x-forwarded-for': ['::1', '1.2.3.4, x', ','.repeat(100), '\u00ff'],
  'x-http-method-override': ['DELETE', 'GET'],
  'x-api-key': ['', ' ', `wl_${'x'.repeat(43)}`, '\u00ff', 'x'.repeat(4_000)],
  authorization: ['Basic', 'Basic =', 'Basic ////', 'Bearer x'],
  cookie: ['=', '__proto__=1', ';'.repeat(500)],
  upgrade: ['websocket', 'h2c'],
  te: ['trailers', 'x'],
};

const headers = fc
  .array(
    fc
      .constantFrom(...Object.keys(HEADER_VALUES))
      .chain((name) => fc.constantFrom(...HEADER_VALUES[name]!).map((value) => [name, value] as const)),
    { maxLength: 4 },
  )
  .map((pairs): Readonly<Record<string, string>> => Object.fromEntries(pairs));

/** Requests that begin as one of the document's, and go astray. */
export function hostileRequests(
  routes: readonly DocumentedRoute[],
  credentials: Readonly<Record<string, string>>,
): fc.Arbitrary<HostileRequest> {
  return fc.constantFrom(...routes).chain((route) => {
    const method = fc.oneof(
      { weight: 6, arbitrary: fc.constant(route.method) },
      { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      { weight: 1, arbitrary: fc.constantFrom(...ODD_METHODS) },
    );
    return fc
      .record({
        method,
        target: targetOf(route),
        headers,
        body: fc.option(bodyOf(route), { nil: undefined }),
      })
      .map((request) => ({
        ...request,
        headers: {
          ...credentials,
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
          ...request.headers,
        },
      }));
  });
}

const RAW_LINES = [
  'Host: a',
  'Host: a\r\nHost: b',
  'Host:',
  'Content-Length: -1',
  'Content-Length: 5',
  'Content-Length: 2\r\nContent-Length: 3',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 3',
  'Transfer-Encoding: gzip, x',
  'Transfer-Encoding : chunked',
  ': nothing',
  'no colon',
  'X\u0000: y',
  'X: \u0000',
  'X: a\r\n folded',
  `X: ${'y'.repeat(20_000)}`,
  'Expect: 200-maybe',
  'Expect: 100-continue',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: close',
  'Content-Type: application/json',
];

/** What comes over a connection and is hardly HTTP, or not at all: a character a byte. */
export function hostileBytes(
  routes: readonly DocumentedRoute[],
  credentials: Readonly<Record<string, string>>,
): fc.Arbitrary<string> {
  const own = Object.entries(credentials).map(([name, value]) => `${name}: ${value}`);
  const message = fc.constantFrom(...routes).chain((route) =>
    fc
      .record({
        method: fc.constantFrom(route.method, route.method.toLowerCase(), 'NOTHING', '', '\u0000'),
        target: fc.oneof(
          targetOf(route),
          fc.constantFrom(
            '*',
            '',
            '/ /',
            'http://a.example/v1/preview',
            '//',
            '/\u00ff',
            '/?url=\u0000',
            'x',
          ),
        ),
        version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', ''),
        lines: fc.array(fc.constantFrom(...RAW_LINES), { maxLength: 4 }),
        end: fc.constantFrom('\r\n\r\n', '\r\n\r\n', '\n\n', '\r\n', ''),
        rest: fc.constantFrom('', '{}', '2\r\n{}\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', 'x', '-1\r\n'),
      })
      .map(
        ({ method, target, version, lines, end, rest }) =>
          `${method} ${target} ${version}\r\n${[...own, ...lines].join('\r\n')}${end}${rest}`,
      ),
  );
  const bytes = fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((some) => Buffer.from(some).toString('latin1'));
  return fc.oneof({ weight: 8, arbitrary: message }, { weight: 1, arbitrary: bytes });
}

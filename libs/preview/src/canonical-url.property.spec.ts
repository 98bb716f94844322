import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { getDomain } from 'tldts';
import { canonicalUrl, fetchCandidates } from './canonical-url.js';
import { parseUrl } from './parse-url.js';

/** The rules of the key, once more and on the text of the parsed URL: what these leave apart must stay apart. */
function byTheRules(url: string): string {
  const [, scheme, host, path, query] = /^(https?:)\/\/([^/?#]+)([^?#]*)(\?[^#]*)?/.exec(new URL(url).href)!;
  const place = /:\d+$/.test(host!) ? `${scheme}//${host}` : withoutWww(host!);
  return `${place}${path}${withoutTracking(query ?? '')}`;
}

function withoutWww(host: string): string {
  const labels = host.split('.');
  while (labels[0] === 'www' && getDomain(labels.slice(1).join('.'), { allowPrivateDomains: true }) !== null)
    labels.shift();
  return labels.join('.');
}

function withoutTracking(query: string): string {
  const isTracking = (pair: string) =>
    /^(utm_|fbclid$|gclid$)/i.test([...new URLSearchParams(pair).keys()][0] ?? '');
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => pair === '' || !isTracking(pair));
  if (query === '' || kept.length === 0) return '';
  return `?${kept.join('&')}`;
}

/** Two URLs have one key just where the rules make them one. */
function expectOneKeyByTheRules(one: string, other: string): void {
  const isOneKey = canonicalUrl(one) === canonicalUrl(other);
  if (isOneKey !== (byTheRules(one) === byTheRules(other)))
    throw new Error(`${one} and ${other}: one key is ${isOneKey}`);
}

function expectIdempotent(url: string): void {
  const canonical = canonicalUrl(url);
  const candidates = fetchCandidates(canonical);
  expect(candidates.map(canonicalUrl)).toEqual(candidates.map(() => canonical));
}

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const several = (text: fc.Arbitrary<string>, maxLength: number) => fc.array(text, { maxLength });

const hosts = fc
  .tuple(
    several(oneOf('www', 'www', 'WWW', 'm', 'a'), 3),
    oneOf(
      'example.com',
      'example.co.uk',
      'gov.uk',
      'github.io',
      'com',
      'localhost',
      'bücher.example',
      'www.com',
    ),
    oneOf('', '', '.'),
  )
  .map(([labels, domain, dot]) => [...labels, domain].join('.') + dot);

const pairs = fc
  .tuple(
    oneOf(
      'a',
      'b',
      'q',
      'utm_source',
      'UTM_id',
      'utm%5Fsource',
      '%66bclid',
      'gclid',
      'gclids',
      'xutm_a',
      '%zz',
      '',
    ),
    oneOf('', '=', '=1', '=utm_source', '=a?b', '=%26', '=+', '=ü'),
  )
  .map(([name, value]) => name + value);

const queries = fc.oneof(
  oneOf('', '?'),
  several(pairs, 4).map((all) => `?${all.join('&')}`),
);

/** URLs out of few parts, so that two of them often differ in nothing but what the rules fold. */
const urls = fc
  .tuple(
    oneOf('http', 'https', 'HTTPS'),
    fc.oneof(
      { weight: 4, arbitrary: hosts },
      { weight: 1, arbitrary: oneOf('192.0.2.1', '[::1]', '0x7f.1') },
    ),
    oneOf('', '', '', ':80', ':443', ':8080', ':'),
    oneOf('', '/', '/a', '/A', '/a/', '//a', '/b/../a', '/%61', '/a%2F', '/ü', '/www.example.com'),
    queries,
    oneOf('', '', '#', '#top', '#?a=1'),
  )
  .map(
    ([scheme, host, port, path, query, fragment]) => `${scheme}://${host}${port}${path}${query}${fragment}`,
  );

/** The same but for one part: two URLs that the rules may fold into one. */
const twins = fc
  .tuple(urls, oneOf('scheme', 'www', 'fragment', 'tracking', 'case', 'slash', 'query', 'port'))
  .map(([url, change]) => [url, changed(url, change)] as const);

function changed(url: string, change: string): string {
  const parsed = parseUrl(url);
  if (parsed === undefined) return url;
  switch (change) {
    case 'scheme':
      return url.replace(/^https?/i, (scheme) => (scheme === 'http' ? 'https' : 'http'));
    case 'www':
      return url.replace('://', '://www.');
    case 'fragment':
      return `${url}#other`;
    case 'tracking':
      return parsed.href.replace(/(\?[^#]*)?(#.*)?$/, (all: string) =>
        all.startsWith('?') ? all.replace('?', '?utm_source=x&') : `?utm_source=x${all}`,
      );
    case 'case':
      return url.toUpperCase();
    case 'slash':
      return parsed.href.replace(/(\?|#|$)/, '/$1');
    case 'query':
      return parsed.href.replace(/(#|$)/, '?$1');
    default:
      parsed.port = parsed.port === '' ? '8080' : '';
      return parsed.href;
  }
}

describe('canonicalisation of generated URLs', () => {
  test('is idempotent: whatever is fetched for a key has that key', () => {
    fc.assert(fc.property(urls.filter(isPage), expectIdempotent), { numRuns: 2_000 });
  });

  test('makes one of two URLs just where the rules say so', () => {
    const distant = fc.tuple(urls, urls);
    fc.assert(
      fc.property(fc.oneof(twins, distant), ([one, other]) => {
        fc.pre(isPage(one) && isPage(other));
        expectOneKeyByTheRules(one, other);
      }),
      { numRuns: 5_000 },
    );
  });
});

interface UrlTest {
  readonly input: string;
  readonly base: string | null;
}

/** Of the kind of web-platform-tests' urltestdata.json, which the variable can name instead. */
const OF_ITS_KIND: readonly UrlTest[] = [
  { input: 'http://example\t.\norg', base: null },
  { input: 'https:example.com/', base: null },
  { input: 'http:\\\\x:80\\', base: null },
  { input: 'http://f:00000000000080/c', base: null },
  { input: 'http://[2001::1]:80', base: null },
  { input: 'http://GOO\u200b\u2060\ufeffgoo.com', base: null },
  { input: 'http://192.0x00A80001', base: null },
  { input: 'http://foo.com/%7Fp%3Fa%C3%A9?%?%2', base: null },
  { input: 'http://www/foo/..\\./bar', base: null },
  { input: 'http://www.www.example.com/', base: null },
  { input: 'http://./', base: null },
  { input: 'http://www../', base: null },
  { input: 'https://x.x:8443/?utm_source=1&é#ß', base: null },
  { input: '../b?c', base: 'https://www.example.org/foo/bar' },
  { input: '//user:pass@example.org', base: 'http://example.org' },
  { input: 'https://\ufffd', base: null },
  { input: 'mailto:someone@example.org', base: null },
];

describe('canonicalisation of the web platform’s test URLs', () => {
  const path = process.env['WPT_URLTESTDATA'];
  const known =
    path === undefined
      ? OF_ITS_KIND
      : (JSON.parse(readFileSync(path, 'utf8')) as readonly (UrlTest | string)[]);
  const pages = known
    .filter((one) => typeof one === 'object')
    .map(({ input, base }) => (base === null ? input : (parseUrl(input, base)?.href ?? '')))
    .filter(isPage);

  test('there are some', () => {
    expect(pages.length).toBeGreaterThan(10);
  });

  test('is idempotent', () => {
    for (const page of pages) expectIdempotent(page);
  });

  test('makes one of two just where the rules say so', () => {
    for (const one of pages) for (const other of pages) expectOneKeyByTheRules(one, other);
  });
});

/** An absolute http(s) URL without userinfo: the others are refused. */
function isPage(url: string): boolean {
  const parsed = parseUrl(url);
  return /^https?:$/.test(parsed?.protocol ?? '') && parsed?.username === '' && parsed.password === '';
}

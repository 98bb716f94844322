import { describe, expect, test } from '@jest/globals';
import { canonicalUrl, fetchCandidates, hostOf } from './canonical-url.js';
import { previewKey } from './preview-key.js';

const keyOf = (url: string) => previewKey(canonicalUrl(url));

describe('canonical URL', () => {
  test.each([
    ['the scheme, on default ports', 'http://example.com/a', 'https://example.com/a'],
    ['an explicit default port', 'https://example.com:443/a', 'https://example.com/a'],
    ['a leading www.', 'https://www.example.com/a', 'https://example.com/a'],
    ['the case of the host', 'https://EXAMPLE.com/a', 'https://example.com/a'],
    ['the fragment', 'https://example.com/a#top', 'https://example.com/a'],
    ['tracking parameters', 'https://example.com/a?utm_source=x&b=1&fbclid=y', 'https://example.com/a?b=1'],
    ['tracking parameters in any case', 'https://example.com/a?UTM_Source=x', 'https://example.com/a'],
    ['an encoded name of one', 'https://example.com/a?utm%5fsource=x', 'https://example.com/a'],
    ['dot segments', 'https://example.com/b/../a', 'https://example.com/a'],
    ['an international host in either form', 'https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('folds away %s', (_what, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test.each([
    ['paths', 'https://example.com/a', 'https://example.com/b'],
    ['the case of a path', 'https://example.com/a', 'https://example.com/A'],
    ['a trailing slash', 'https://example.com/a', 'https://example.com/a/'],
    ['the order of a query', 'https://example.com/?a=1&b=2', 'https://example.com/?b=2&a=1'],
    ['an empty query', 'https://example.com/', 'https://example.com/?'],
    ['how a value is encoded', 'https://example.com/?a=%20', 'https://example.com/?a=+'],
    ['schemes on other ports', 'http://example.com:8080/', 'https://example.com:8080/'],
    ['subdomains', 'https://m.example.com/', 'https://example.com/'],
    ['www. where no registrable domain remains', 'https://www.gov.uk/', 'https://gov.uk/'],
    ['www. on another port', 'http://www.example.com:8080/', 'http://example.com:8080/'],
  ])('tells apart %s', (_what, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test.each([
    ['nothing', '', 'is missing'],
    ['a relative URL', '/a', 'is not an absolute URL'],
    ['another scheme', 'ftp://example.com/', 'is not http or https'],
    ['a script', 'javascript:alert(1)', 'is not http or https'],
    ['a user name', 'https://user@example.com/', 'user name or password'],
    ['a password', 'https://user:secret@example.com/', 'user name or password'],
    ['4,097 characters', `https://example.com/${'a'.repeat(4077)}`, 'longer than 4096'],
  ])('refuses %s, and never repeats it', (_what, input, why) => {
    const refuse = () => canonicalUrl(input);
    expect(refuse).toThrow(
      expect.objectContaining({ code: 'EINVALURL', message: expect.stringContaining(why) }),
    );
    expect(refuse).not.toThrow('secret');
  });

  test('is a fixed point: fetching a candidate leads back to the same key', () => {
    for (const url of [
      'https://www.example.com/a?b=1&utm_id=2',
      'http://127.0.0.1:8080/x?',
      'https://www.gov.uk/',
    ]) {
      const canonical = canonicalUrl(url);
      expect(fetchCandidates(canonical).map(canonicalUrl)).toEqual(
        fetchCandidates(canonical).map(() => canonical),
      );
    }
  });
});

describe('fetch candidates', () => {
  test('are https, its www. twin, then both over http', () => {
    expect(fetchCandidates(canonicalUrl('http://www.example.com/a?b=1'))).toEqual([
      'https://example.com/a?b=1',
      'https://www.example.com/a?b=1',
      'http://example.com/a?b=1',
      'http://www.example.com/a?b=1',
    ]);
  });

  test('have no twin where there is no registrable domain', () => {
    expect(fetchCandidates(canonicalUrl('http://192.0.2.1/'))).toEqual([
      'https://192.0.2.1/',
      'http://192.0.2.1/',
    ]);
  });

  test('are the URL as given on a port of its own', () => {
    expect(fetchCandidates(canonicalUrl('http://example.com:8080/a'))).toEqual(['http://example.com:8080/a']);
  });
});

test('the host of a canonical URL keeps a port of its own', () => {
  expect(hostOf(canonicalUrl('https://www.example.com?a'))).toBe('example.com');
  expect(hostOf(canonicalUrl('http://example.com:8080/a'))).toBe('example.com:8080');
});

test('a key has the form of a uuid and 128 bits of SHA-256', () => {
  // printf '//example.com/' | sha256sum
  expect(keyOf('https://example.com')).toBe('e52aa78c-ab6e-854b-1a7d-b9780b991524');
});

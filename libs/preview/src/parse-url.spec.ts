import { expect, test } from '@jest/globals';
import { parseUrl } from './parse-url.js';

test('a URL is resolved against a base, and what is none is undefined', () => {
  expect(parseUrl('https://example.com')?.href).toBe('https://example.com/');
  expect(parseUrl('../b', 'https://example.com/a/')?.href).toBe('https://example.com/b');
  expect(parseUrl('/b')).toBeUndefined();
  expect(parseUrl('https://[')).toBeUndefined();
});

test('a host beyond ASCII is read as well after ten thousand others', () => {
  for (let count = 0; count < 10_000; count += 1) parseUrl('https://example.com/', 'https://example.com/');
  expect(parseUrl('https://bücher.example/', 'https://example.com/')?.host).toBe('xn--bcher-kva.example');
});

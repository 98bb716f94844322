import { expect, test } from '@jest/globals';
import { listedOEmbedUrl } from './oembed-providers.js';

const asked = (url: string) => {
  const question = listedOEmbedUrl(url);
  return question === null ? null : question.split('?', 1)[0];
};

test('the provider is asked about the page, in JSON', () => {
  const page = 'https://www.youtube.com/watch?v=1&t=2s';
  const question = new URL(listedOEmbedUrl(page)!);
  expect(question.origin + question.pathname).toBe('https://www.youtube.com/oembed');
  expect(Object.fromEntries(question.searchParams)).toEqual({ format: 'json', url: page });
});

test.each([
  ['a host below one', 'https://m.youtube.com/shorts/1', 'https://www.youtube.com/oembed'],
  ['a host of its own', 'https://youtu.be/1', 'https://www.youtube.com/oembed'],
  ['a query', 'https://youtube.com/playlist?list=1', 'https://www.youtube.com/oembed'],
  ['a format in the path', 'https://vimeo.com/1', 'https://vimeo.com/api/oembed.json'],
  ['another page of a provider', 'https://www.youtube.com/about', null],
  ['a host that only ends alike', 'https://notyoutu.be/1', null],
  ['any other host', 'https://example.com/watch?v=1', null],
  ['an address', 'http://127.0.0.1/watch', null],
])('%s: %s → %s', (_what, page, endpoint) => {
  expect(asked(page)).toBe(endpoint);
});

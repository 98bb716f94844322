import { expect, test } from '@jest/globals';
import { aPreview } from '../../../../test/support/builders.js';
import { contentHash } from './content-hash.js';

const picture = (url: string) => ({ url });
const preview = aPreview({
  title: 'A title',
  image: picture('https://cdn.example/a.png'),
  logo: picture('https://cdn.example/logo.svg'),
});

test('the same content has the same hash', () => {
  expect(contentHash(structuredClone(preview))).toBe(contentHash(preview));
});

test.each([
  ['the title', { title: 'Another title' }],
  ['the description', { description: 'Now there is one.' }],
  ['the language', { lang: 'de' }],
  ['the author', { author: 'Ada' }],
  ['the publisher', { publisher: 'Another' }],
  ['the date', { date: '2026-06-01T00:00:00.000Z' }],
  ['the address', { url: 'https://example.com/moved' }],
  ['another picture', { image: picture('https://cdn.example/b.png') }],
  ['no picture any more', { image: null }],
  ['another logo', { logo: picture('https://cdn.example/other.svg') }],
  ['the day of publication', { datePublished: '2026-06-01T00:00:00.000Z' }],
  ['the kind of page', { type: 'article' }],
  ['the keywords', { keywords: ['tea'] }],
  ['a video', { video: { url: 'https://cdn.example/a.mp4', type: 'mp4' } }],
  ['picture and logo changing places', { image: preview.logo, logo: preview.image }],
])('a reader notices %s', (_what, change) => {
  expect(contentHash({ ...preview, ...change })).not.toBe(contentHash(preview));
});

test.each([
  ['a signature', 'https://cdn.example/a.png?X-Amz-Signature=1f'],
  ['another signature', 'https://cdn.example/a.png?X-Amz-Signature=2e&Expires=9'],
  ['a fragment', 'https://cdn.example/a.png#v2'],
])('no reader notices %s in the URL of a picture', (_what, url) => {
  expect(contentHash({ ...preview, image: picture(url) })).toBe(contentHash(preview));
});

test('no reader notices that the page says the same in another place', () => {
  expect(contentHash({ ...preview, provenance: { title: 'title' } })).toBe(contentHash(preview));
});

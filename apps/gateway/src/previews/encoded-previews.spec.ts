import { expect, test } from '@jest/globals';
import { aFailure, anEntry, aPreview } from '../../../../test/support/builders.js';
import { EncodedPreviews } from './encoded-previews.js';
import { OriginFailed } from './origin-failed.js';
import type { Projection } from './preview-body.js';

const NOW = 1_800_000_000_000;
const PLAIN: Projection = {
  fields: undefined,
  meta: true,
  without: [],
  iframe: false,
  palette: false,
  provenance: false,
};
const EMBEDDED = { ...PLAIN, iframe: true };

const embed = { html: '<p>Film</p>', scripts: [], width: null, height: null };
const oembed = { title: null, author: null, publisher: null, imageUrl: null, embed };
const film = anEntry({ facets: { oembed } });
const article = anEntry();

test('a body is encoded once per version, with an embed and without', () => {
  const encoded = new EncodedPreviews(1_000_000);
  const [plain, embedded] = [encoded.encode(film, PLAIN, NOW), encoded.encode(film, EMBEDDED, NOW)];
  expect(encoded.encode(film, PLAIN, NOW)).toBe(plain);
  expect(encoded.encode(film, EMBEDDED, NOW)).toBe(embedded);
  expect(embedded.in(undefined).etag).not.toBe(plain.in(undefined).etag);
  expect(encoded.encode({ ...film, version: 2 }, PLAIN, NOW)).not.toBe(plain);
});

test('who asks for an embed where there is none shares the bytes of all others', () => {
  const encoded = new EncodedPreviews(1_000_000);
  expect(encoded.encode(article, EMBEDDED, NOW)).toBe(encoded.encode(article, PLAIN, NOW));
});

test('colours are in bytes of their own, where there is a picture', () => {
  const encoded = new EncodedPreviews(1_000_000);
  const pictured = anEntry({
    preview: aPreview({ image: { url: 'https://example.com/a.png' } }),
    facets: { oembed },
  });
  const etags = [PLAIN, EMBEDDED, { ...PLAIN, palette: true }, { ...EMBEDDED, palette: true }].map(
    (projection) => encoded.encode(pictured, projection, NOW).in(undefined).etag,
  );
  expect(new Set(etags).size).toBe(4);
  expect(encoded.encode(article, { ...PLAIN, palette: true }, NOW)).toBe(encoded.encode(article, PLAIN, NOW));
});

test('bytes that are held are no excuse for showing a preview for too long', () => {
  const encoded = new EncodedPreviews(1_000_000);
  const failing = anEntry({ outcome: aFailure() });
  encoded.encode(failing, PLAIN, NOW);
  expect(() => encoded.encode(failing, PLAIN, failing.staleUntil + 1)).toThrow(OriginFailed);
});

import { describe, expect, test } from '@jest/globals';
import type { LinkPreview, PreviewCopy } from '#libs/preview';
import { aCopy, aFailure, aPreview, aProjection } from '../../../../test/support/builders.js';
import { EncodedPreviews } from './encoded-previews.js';

const NOW = 1_800_000_000_000;
const PLAIN = aProjection();
const EMBEDDED = { ...PLAIN, iframe: true };

const embed = { html: '<p>Film</p>', scripts: [], width: null, height: null };
const oembed = { title: null, author: null, publisher: null, imageUrl: null, embed };
const film = aCopy({ facets: { oembed } });
const article = aCopy();

test('a body is encoded once per version, with an embed and without', () => {
  const encoded = new EncodedPreviews(1_000_000);
  const [plain, embedded] = [encoded.encode(film, PLAIN, NOW), encoded.encode(film, EMBEDDED, NOW)];
  expect(encoded.encode(film, PLAIN, NOW)).toBe(plain);
  expect(encoded.encode(film, EMBEDDED, NOW)).toBe(embedded);
  expect(embedded.in(undefined).etag).not.toBe(plain.in(undefined).etag);
  expect(encoded.encode(aCopy({ facets: { oembed }, version: 2 }), PLAIN, NOW)).not.toBe(plain);
});

test('who asks for an embed where there is none shares the bytes of all others', () => {
  const encoded = new EncodedPreviews(1_000_000);
  expect(encoded.encode(article, EMBEDDED, NOW)).toBe(encoded.encode(article, PLAIN, NOW));
});

test('colours are in bytes of their own, where there is a picture', () => {
  const encoded = new EncodedPreviews(1_000_000);
  const pictured = aCopy({
    preview: aPreview({ image: { url: 'https://example.com/a.png' } }),
    facets: { oembed },
  });
  const etags = [PLAIN, EMBEDDED, { ...PLAIN, palette: true }, { ...EMBEDDED, palette: true }].map(
    (projection) => encoded.encode(pictured, projection, NOW).in(undefined).etag,
  );
  expect(new Set(etags).size).toBe(4);
  expect(encoded.encode(article, { ...PLAIN, palette: true }, NOW)).toBe(encoded.encode(article, PLAIN, NOW));
});

describe('after a failure', () => {
  const MINUTE = 60_000;
  const failed = (outcome = aFailure(), preview: LinkPreview | null = aPreview({ title: 'From before' })) =>
    aCopy({ preview, outcome, staleUntil: NOW + MINUTE });
  const showing = (copy: PreviewCopy, now: number) => () =>
    new EncodedPreviews(1_000_000).encode(copy, PLAIN, now);

  test('there is the preview from before, while its grace lasts', () => {
    expect(showing(failed(), NOW)().in(undefined).text).toContain('From before');
  });

  test('there is the failure when the grace is over, whatever bytes are held', () => {
    const encoded = new EncodedPreviews(1_000_000);
    encoded.encode(failed(), PLAIN, NOW);
    expect(() => encoded.encode(failed(), PLAIN, NOW + MINUTE)).toThrow(
      expect.objectContaining({ code: 'EUNREACHABLE', url: 'https://example.com/' }),
    );
  });

  test.each([
    ['ENOTFOUND', 404],
    ['ENOTFOUND', 410],
    ['EORIGINSTATUS', 451],
  ] as const)('there is the failure at once for %s %i: the page is gone', (code, statusCode) => {
    const failure = aFailure({ code, statusCode, reason: 'The origin says that it is gone.' });
    expect(showing(failed(failure), NOW)).toThrow(
      expect.objectContaining({ code, failure, message: 'The origin says that it is gone.' }),
    );
  });

  test('there is the failure where there never was a preview', () => {
    expect(showing(failed(aFailure(), null), NOW)).toThrow(expect.objectContaining({ code: 'EUNREACHABLE' }));
  });
});

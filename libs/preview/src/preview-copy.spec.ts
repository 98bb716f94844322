import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aFailure, anEntry, aPreview } from '../../../test/support/builders.js';
import { WHOLE, previewBody } from './preview-body.js';
import { PreviewCopy } from './preview-copy.js';
import type { PreviewEntry } from './preview-entry.js';

const image = { url: 'https://example.com/a.png' };
const embed = { html: '<p>Film</p>', scripts: [], width: null, height: null };
const oembed = { title: null, author: null, publisher: null, imageUrl: null, embed };

/** There and back. */
function packed(entry: PreviewEntry): PreviewCopy {
  return PreviewCopy.unpack(entry.key, PreviewCopy.of(entry).pack())!;
}

/** What a copy says of itself. */
function headOf(copy: PreviewCopy) {
  const { key, version, visit, url, tags, fetchedFor, fetchedAt, freshUntil, staleUntil } = copy;
  const { preview, outcome, hasEmbed, pictures } = copy;
  const times = { fetchedAt, freshUntil, staleUntil };
  return { key, version, visit, url, tags, fetchedFor, ...times, preview, outcome, hasEmbed, pictures };
}

const entries: readonly [string, PreviewEntry][] = [
  ['a preview', anEntry()],
  [
    'texts of all scripts',
    anEntry({ preview: aPreview({ title: 'Größe, 大きさ, 🐘', description: 'a\nb' }) }),
  ],
  ['tags, and additions', anEntry({ version: 9, tags: ['größe', 'a'], facets: { oembed, amends: 7 } })],
  ['a failure with a preview from before', anEntry({ outcome: aFailure({ reason: 'größer als erlaubt' }) })],
  ['a failure', anEntry({ preview: null, outcome: aFailure() })],
  ['a warmed one', anEntry({ fetchedFor: 'warm' })],
];

describe('a copy that was packed', () => {
  test.each(entries)('says all that was there: %s', (_what, entry) => {
    const [copy, before] = [packed(entry), PreviewCopy.of(entry)];
    expect(copy.whole()).toEqual(entry);
    expect(headOf(copy)).toEqual(headOf(before));
  });

  test('has the bytes of the body', () => {
    for (const [, entry] of entries.filter(([, { preview }]) => preview !== null)) {
      expect(packed(entry).wholeBody).toEqual(PreviewCopy.of(entry).wholeBody);
      const { text } = packed(entry).wholeBody;
      expect(Buffer.from(text, 'latin1').toString()).toBe(JSON.stringify(previewBody(entry, WHOLE)));
    }
  });

  test('is one text of bytes, with the version before all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (title, version) => {
        const entry = anEntry({ version, tags: [title], preview: aPreview({ title }) });
        const text = PreviewCopy.of(entry).pack();
        expect(text.startsWith(`{"version":${version},`)).toBe(true);
        expect(Buffer.from(text, 'latin1').toString('latin1')).toBe(text);
        expect(packed(entry).whole()).toEqual(JSON.parse(JSON.stringify(entry)));
        expect(packed(entry).tags).toEqual([title]);
      }),
    );
  });

  test('is held as that text alone, and says the same', () => {
    const entry = anEntry({ preview: aPreview({ title: 'Größe' }) });
    const copy = PreviewCopy.of(entry);
    const text = copy.pack();
    expect(copy.pack()).toBe(text);
    expect(copy.whole()).toEqual(entry);
    expect(copy.whole()).not.toBe(entry);
    expect(copy.wholeBody).toEqual(PreviewCopy.of(entry).wholeBody);
  });

  test.each(['', '{"version":1}', '{"version":\n', '{"version":3,"purged":true}'])('%j is none', (text) => {
    expect(PreviewCopy.unpack(anEntry().key, text)).toBeUndefined();
  });
});

test.each([
  [null, 'none'],
  [image, 'uncolored'],
  [{ ...image, colors: null }, 'seen'],
] as const)('of the picture %j it says: %s', (given, pictures) => {
  expect(PreviewCopy.of(anEntry({ preview: aPreview({ image: given }) })).pictures).toBe(pictures);
});

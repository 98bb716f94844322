import { describe, expect, test } from '@jest/globals';
import { aFailure, anEntry, aPreview } from '../../../../test/support/builders.js';
import { isWhole, previewBody, type Projection } from './preview-body.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const WHOLE: Projection = { fields: undefined, meta: true, without: [] };

const image = { url: 'https://example.com/a.png' };

describe('the body of a success', () => {
  const outcome = {
    kind: 'success',
    statusCode: 203,
    headers: { 'content-type': 'text/html' },
    redirects: [{ statusCode: 301, url: 'https://example.com/b' }],
  } as const;
  const entry = anEntry({ preview: aPreview({ title: 'A title', image }), outcome });
  const dataOf = (projection: Partial<Projection>) =>
    previewBody(entry, { ...WHOLE, ...projection }, NOW).data;

  test('has every field, null where the page does not say, and how the origin answered', () => {
    expect(previewBody(entry, WHOLE, NOW)).toEqual({
      status: 'success',
      data: { ...aPreview({ title: 'A title', image }), video: null, audio: null, iframe: null },
      statusCode: 203,
      headers: { 'content-type': 'text/html' },
      redirects: [{ statusCode: 301, url: 'https://example.com/b' }],
    });
  });

  test('has only the fields of a filter, whole even where a part is named', () => {
    expect(dataOf({ fields: ['title', 'image.url', 'nonsense'] })).toEqual({ title: 'A title', image });
  });

  test('a filter chooses among all fields, whatever else is left out', () => {
    expect(dataOf({ fields: ['title'], meta: false, without: ['title'] })).toEqual({ title: 'A title' });
  });

  test('has the address alone without meta', () => {
    expect(dataOf({ meta: false })).toEqual({ url: 'https://example.com/' });
  });

  test('lacks the fields that are left out, and no others', () => {
    const all = Object.keys(dataOf({}));
    const kept = Object.keys(dataOf({ without: ['image', 'logo'] }));
    expect(all.filter((field) => !kept.includes(field))).toEqual(['image', 'logo']);
  });

  test.each([
    ['everything', {}, true],
    ['a filter', { fields: ['url'] }, false],
    ['no meta', { meta: false }, false],
    ['one field less', { without: ['logo'] }, false],
  ])('%s: shared by all callers %p → %p', (_what, projection, whole) => {
    expect(isWhole({ ...WHOLE, ...projection })).toBe(whole);
  });
});

describe('the body after a failure', () => {
  const failed = (outcome = aFailure()) =>
    anEntry({ preview: aPreview({ title: 'From before' }), outcome, staleUntil: NOW + MINUTE });

  test('is the preview from before, while its grace lasts', () => {
    const body = previewBody(failed(), WHOLE, NOW);
    expect(body).toMatchObject({ status: 'success', statusCode: 200, headers: {}, redirects: [] });
    expect(body.data.title).toBe('From before');
  });

  test('is the failure when the grace is over', () => {
    expect(() => previewBody(failed(), WHOLE, NOW + MINUTE)).toThrow(
      expect.objectContaining({ code: 'EUNREACHABLE', url: 'https://example.com/' }),
    );
  });

  test.each([
    ['ENOTFOUND', 404],
    ['ENOTFOUND', 410],
    ['EORIGINSTATUS', 451],
  ] as const)('is the failure at once for %s %i: the page is gone', (code, statusCode) => {
    const failure = aFailure({ code, statusCode, reason: 'The origin says that it is gone.' });
    expect(() => previewBody(failed(failure), WHOLE, NOW)).toThrow(
      expect.objectContaining({ code, failure, message: 'The origin says that it is gone.' }),
    );
  });

  test('is the failure where there never was a preview', () => {
    expect(() => previewBody({ ...failed(), preview: null }, WHOLE, NOW)).toThrow(
      expect.objectContaining({ code: 'EUNREACHABLE' }),
    );
  });
});

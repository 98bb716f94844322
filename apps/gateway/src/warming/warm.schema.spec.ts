import { describe, expect, test } from '@jest/globals';
import { InvalidOption } from '../previews/invalid-option.js';
import { MAX_PAGES, warmBody } from './warm.schema.js';

const URLS = ['https://example.com/'];

/** Reads a body as the route does. */
function read(body: unknown) {
  const result = warmBody.safeParse(body);
  if (result.success) return result.data;
  throw new InvalidOption(result.error.issues);
}

describe('the body of an order', () => {
  test('is a list, and nothing more if it says no more', () => {
    expect(read({ urls: URLS })).toEqual({ urls: URLS, tags: [] });
  });

  test.each([
    ['2026-03-02T09:30:00Z', Date.UTC(2026, 2, 2, 9, 30)],
    ['2026-03-02T09:30:00.250Z', Date.UTC(2026, 2, 2, 9, 30, 0, 250)],
    ['2026-03-02T09:30:00+01:00', Date.UTC(2026, 2, 2, 8, 30)],
    ['2026-03-02T09:30Z', Date.UTC(2026, 2, 2, 9, 30)],
    ['2026-03-02T09:30-05:00', Date.UTC(2026, 2, 2, 14, 30)],
    [1_772_443_800_000, 1_772_443_800_000],
  ])('takes %p for a time', (at, expected) => {
    expect(read({ urls: URLS, at }).at).toBe(expected);
  });

  test.each([
    '2026-03-02T09:30:00',
    '2026-03-02',
    '2026-02-30T09:30:00Z',
    'tomorrow',
    '1772443800000',
    1_772_443_800, // in seconds
    0,
    1.5,
    1e300,
    null,
  ])('does not take %p for one', (at) => {
    expect(() => read({ urls: URLS, at })).toThrow(
      expect.objectContaining({ code: 'EINVALDATA', message: expect.stringMatching(/^at must be a time/) }),
    );
  });

  test.each([
    ['no body', undefined],
    ['a list alone', URLS],
    ['no list', {}],
    ['an empty list', { urls: [] }],
    ['one URL', { urls: URLS[0] }],
    ['too many tags', { urls: URLS, tags: Array.from({ length: 17 }, String) }],
    ['an empty tag', { urls: URLS, tags: [''] }],
    ['a field that is not known', { urls: URLS, when: 'now' }],
    ['too many', { urls: Array.from({ length: MAX_PAGES + 1 }, () => URLS[0]) }],
  ])('is refused with %s', (_what, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'EINVALDATA' }));
  });

  test.each([
    [7, '7'],
    [null, 'null'],
    [true, 'true'],
    [{ url: URLS[0] }, '{…}'],
    [URLS, '[…]'],
  ])('takes %j in its list for a URL that names no page', (entry, shown) => {
    expect(read({ urls: [...URLS, entry] }).urls).toEqual([...URLS, shown]);
  });

  test('may name as many pages as it says', () => {
    expect(read({ urls: Array.from({ length: MAX_PAGES }, () => URLS[0]) }).urls).toHaveLength(MAX_PAGES);
  });
});

import { describe, expect, test } from '@jest/globals';
import { InvalidOption } from './invalid-option.js';
import { type PreviewQuery, previewQuery } from './previews.schema.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Reads a query as the route does: what the schema refuses is thrown as an InvalidOption. */
function read(query: Record<string, string | string[]>): PreviewQuery {
  const result = previewQuery.safeParse({ url: 'https://example.com/', ...query });
  if (result.success) return result.data;
  throw new InvalidOption(result.error.issues);
}

describe('the query of a read', () => {
  test('asks for the whole preview, as fresh as it is, if it says no more', () => {
    expect(read({})).toEqual({
      url: 'https://example.com/',
      force: false,
      waitMs: undefined,
      limits: { ttlMs: undefined, staleTtlMs: undefined },
      projection: {
        fields: undefined,
        meta: true,
        without: [],
        iframe: false,
        palette: false,
        provenance: false,
      },
    });
  });

  test('is the same in camelCase and in snake_case', () => {
    const limits = { ttlMs: DAY, staleTtlMs: 0 };
    expect(read({ ttl: '1d', staleTtl: '0' }).limits).toEqual(limits);
    expect(read({ ttl: '1d', stale_ttl: '0' }).limits).toEqual(limits);
  });

  test.each([
    ['true', true],
    ['1', true],
    ['', true],
    ['false', false],
    ['0', false],
  ])('force=%s is %p', (value, force) => {
    expect(read({ force: value }).force).toBe(force);
  });

  test('wait is how long the caller waits, from nothing on', () => {
    expect(['0', '1500', '20s'].map((wait) => read({ wait }).waitMs)).toEqual([0, 1_500, 20_000]);
  });

  test('filter names the fields that the caller wants', () => {
    expect(read({ filter: 'url, title,image.url' }).projection.fields).toEqual(['url', 'title', 'image.url']);
  });

  test('meta.provenance=true wants to know by which rules', () => {
    expect(read({ 'meta.provenance': 'true' }).projection.provenance).toBe(true);
  });

  test.each([
    [{}, false],
    [{ iframe: 'true' }, true],
    [{ iframe: 'true', 'iframe.maxWidth': '350' }, true],
    [{ iframe: 'false', 'iframe.max_width': '350' }, false],
    [{ 'iframe.maxWidth': '350' }, false],
  ])('%p wants an embed: %p', (options, iframe) => {
    expect(read(options).projection.iframe).toBe(iframe);
  });

  test('palette=true wants the colours of pictures', () => {
    expect(read({ palette: 'true' }).projection.palette).toBe(true);
    expect(read({ palette: 'false' }).projection.palette).toBe(false);
  });

  test('meta=false wants none of the fields, meta.<field>=false all but that one', () => {
    expect(read({ meta: 'false' }).projection).toMatchObject({ meta: false, without: [] });
    expect(read({ 'meta.image': 'false', 'meta.logo': 'false', 'meta.title': 'true' }).projection).toEqual({
      fields: undefined,
      meta: true,
      without: ['image', 'logo'],
      iframe: false,
      palette: false,
      provenance: false,
    });
  });

  test('what we do not know is ignored', () => {
    const cardOfReact = {
      audio: 'true',
      palette: 'false',
      screenshot: 'true',
      'iframe.maxWidth': '350',
      'meta.nonsense': 'false',
      pdf: ['true', 'false'],
    };
    expect(read(cardOfReact)).toEqual(read({}));
  });

  test('of a repeated option the last one counts', () => {
    expect(read({ ttl: ['1h', '2d'], force: ['true', 'false'], filter: ['url', 'title'] })).toMatchObject({
      force: false,
      limits: { ttlMs: 2 * DAY },
      projection: { fields: ['title'] },
    });
  });

  test('of two pages neither is the one', () => {
    expect(read({ url: ['https://example.com/', 'https://example.org/'] }).url).toBe('');
  });

  test('a query without a page is left to the reader to refuse', () => {
    expect(previewQuery.parse({}).url).toBe('');
  });
});

describe('the bounds of an option', () => {
  test.each([
    ['1m', MINUTE],
    ['60000', MINUTE],
    ['31d', 31 * DAY],
  ])('ttl=%s is within', (ttl, ttlMs) => {
    expect(read({ ttl }).limits.ttlMs).toBe(ttlMs);
  });

  test.each(['59999', '59s', '0', '31.1d', `${31 * DAY + 1}`, 'soon', '', '-1d'])('ttl=%s is not', (ttl) => {
    expect(() => read({ ttl })).toThrow(expect.objectContaining({ code: 'EINVALTTL' }));
  });

  test.each(['31.1d', 'soon', '-1'])('staleTtl=%s is not within', (staleTtl) => {
    expect(() => read({ staleTtl })).toThrow(expect.objectContaining({ code: 'EINVALSTTL' }));
  });

  test('staleTtl may be as long as ttl, and no longer', () => {
    expect(read({ ttl: '1h', staleTtl: '60m' }).limits).toEqual({
      ttlMs: 60 * MINUTE,
      staleTtlMs: 60 * MINUTE,
    });
    expect(() => read({ ttl: '1h', stale_ttl: '3600001' })).toThrow(
      expect.objectContaining({ code: 'EINVALSTTL', message: 'staleTtl must not be longer than ttl' }),
    );
  });

  test.each(['soon', '-1', '25h'])('wait=%s is not within', (wait) => {
    expect(() => read({ wait })).toThrow(expect.objectContaining({ code: 'EINVALDATA' }));
  });
});

import { describe, expect, test } from '@jest/globals';
import type { LinkPreview, PreviewMedia } from './link-preview.js';
import { aFailure, anEntry, aPreview } from '../../../test/support/builders.js';
import { isWhole, lacksColors, previewBody, type Projection, WHOLE } from './preview-body.js';
import { PreviewCopy } from './preview-copy.js';

const image = { url: 'https://example.com/a.png' };
/** As callers see it. */
const picture = { ...image, type: null, size: null, width: null, height: null, size_pretty: null };

describe('the body of a success', () => {
  const outcome = {
    kind: 'success',
    statusCode: 203,
    headers: { 'content-type': 'text/html' },
    redirects: [{ statusCode: 301, url: 'https://example.com/b' }],
  } as const;
  const provenance = { title: 'og:title', image: 'twitter:image' };
  const entry = anEntry({ preview: aPreview({ title: 'A title', image, provenance }), outcome });
  const dataOf = (projection: Partial<Projection>) => previewBody(entry, { ...WHOLE, ...projection }).data;

  test('has every field, null where the page does not say, and how the origin answered', () => {
    const { provenance: _, ...content } = aPreview({ title: 'A title', image });
    expect(previewBody(entry, WHOLE)).toEqual({
      status: 'success',
      data: { ...content, image: picture, iframe: null },
      statusCode: 203,
      headers: { 'content-type': 'text/html' },
      redirects: [{ statusCode: 301, url: 'https://example.com/b' }],
    });
  });

  test('has only the fields of a filter, whole even where a part is named', () => {
    expect(dataOf({ fields: ['title', 'image.url', 'nonsense'] })).toEqual({
      title: 'A title',
      image: picture,
    });
  });

  describe('of a page that can be embedded', () => {
    const scripts = [{ async: true, src: 'https://provider.example/widgets.js', charset: null }];
    const embed = { html: '<blockquote>Post</blockquote>', scripts, width: 480, height: null };
    const said = { title: null, author: null, publisher: null, imageUrl: null, embed };
    const iframeOf = (projection: Partial<Projection>) =>
      previewBody({ ...entry, facets: { oembed: said } }, { ...WHOLE, ...projection }).data.iframe;

    test("has the provider's HTML for who asks for it, and nobody else", () => {
      expect(iframeOf({})).toBeNull();
      expect(iframeOf({ iframe: true })).toEqual({ html: '<blockquote>Post</blockquote>', scripts });
    });

    test('has it in no filter, and without no field, that leaves it out', () => {
      expect(iframeOf({ fields: ['iframe'] })).toBeNull();
      expect(iframeOf({ iframe: true, fields: ['iframe'] })).not.toBeNull();
      expect(iframeOf({ iframe: true, without: ['iframe'] })).toBeUndefined();
    });
  });

  test('tells of a picture what is known of it', () => {
    const seen = { ...image, type: 'png', size: 14_321, width: 2, height: 3 };
    const { data } = previewBody({ ...entry, preview: aPreview({ image: seen, logo: seen }) }, WHOLE);
    expect(data.image).toEqual({ ...seen, size_pretty: '14.3 kB' });
    expect(data.logo).toEqual(data.image);
  });

  describe('of pictures with colours', () => {
    const colors = {
      palette: ['#FFFFFF', '#E1306C'],
      background: '#FFFFFF',
      color: '#E1306C',
      alternative: '#E1306C',
    };
    const imageOf = (given: PreviewMedia, projection: Partial<Projection> = { palette: true }) =>
      previewBody({ ...entry, preview: aPreview({ image: given }) }, { ...WHOLE, ...projection }).data.image;

    test('tells them to who asks, and nobody else', () => {
      expect(imageOf({ ...image, colors }, {})).toEqual(picture);
      expect(imageOf({ ...image, colors })).toEqual({
        ...picture,
        palette: ['#FFFFFF', '#E1306C'],
        background_color: '#FFFFFF',
        color: '#E1306C',
        alternative_color: '#E1306C',
      });
    });

    test.each([undefined, null, 'failed'] as const)('says so where there are none: %p', (none) => {
      const given = none === undefined ? image : { ...image, colors: none };
      const nothing = { palette: [], background_color: null, color: null, alternative_color: null };
      expect(imageOf(given)).toEqual({ ...picture, ...nothing });
    });

    test.each<[string, PreviewMedia | null, Partial<Projection>, boolean]>([
      ['that nobody has looked at', image, { palette: true }, true],
      ['that could not be had', { ...image, colors: 'failed' }, { palette: true }, false],
      ['that has none', { ...image, colors: null }, { palette: true }, false],
      ['for who does not ask', image, {}, false],
      ['for who does not want the picture', image, { palette: true, fields: ['title'] }, false],
      ['of a page without', null, { palette: true }, false],
    ])('lacks those of one %s: %s', (_what, given, projection, isLacking) => {
      const held = { ...entry, preview: aPreview({ image: given }) };
      expect(lacksColors(PreviewCopy.of(held), { ...WHOLE, ...projection })).toBe(isLacking);
    });

    test('lacks none of an icon that is a guess', () => {
      const preview = aPreview({ logo: image, provenance: { logo: 'host' } });
      expect(lacksColors(PreviewCopy.of({ ...entry, preview }), { ...WHOLE, palette: true })).toBe(false);
    });
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

  test('tells by which rule its fields were found to who asks', () => {
    expect(dataOf({ provenance: true })).toMatchObject({ title: 'A title', provenance });
    expect(dataOf({ provenance: true, fields: ['title'] })).toEqual({
      title: 'A title',
      provenance: { title: 'og:title' },
    });
  });

  test('has null for a field that the copy is too old to know', () => {
    const { keywords: _keywords, provenance: _provenance, ...old } = aPreview();
    const older = anEntry({ preview: old as LinkPreview, outcome });
    expect(previewBody(older, { ...WHOLE, provenance: true }).data).toMatchObject({
      keywords: null,
      provenance: {},
    });
  });

  test.each([
    ['everything', {}, true],
    ['a filter', { fields: ['url'] }, false],
    ['no meta', { meta: false }, false],
    ['an embed', { iframe: true }, true],
    ['colours', { palette: true }, true],
    ['the provenance', { provenance: true }, false],
    ['one field less', { without: ['logo'] }, false],
  ])('%s: shared by all callers %p → %p', (_what, projection, whole) => {
    expect(isWhole({ ...WHOLE, ...projection })).toBe(whole);
  });
});

test('after a failure the body is of the preview from before', () => {
  const failed = anEntry({ preview: aPreview({ title: 'From before' }), outcome: aFailure() });
  const body = previewBody(failed, WHOLE);
  expect(body).toMatchObject({ status: 'success', statusCode: 200, headers: {}, redirects: [] });
  expect(body.data.title).toBe('From before');
});

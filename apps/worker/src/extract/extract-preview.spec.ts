import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { extractPreview } from './extract-preview.js';

const PAGES = join(process.cwd(), 'test/pages');
const URL_OF_PAGE = 'https://www.site.example/section/page.html';

async function* inPieces(text: string, size = 50): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size);
}

const extract = (html: string) => extractPreview(URL_OF_PAGE, inPieces(html));

describe('pages of our own making', () => {
  const slugs = readdirSync(PAGES)
    .filter((file) => file.endsWith('.html'))
    .map((file) => file.replace('.html', ''));

  test.each(slugs)('%s', async (slug) => {
    const html = readFileSync(join(PAGES, `${slug}.html`), 'utf8');
    const expected: unknown = JSON.parse(readFileSync(join(PAGES, `${slug}.expected.json`), 'utf8'));
    expect(await extract(html)).toEqual(expected);
  });
});

describe('a preview', () => {
  test('of an empty page knows its URL and its site', async () => {
    expect(await extract('')).toEqual({
      url: URL_OF_PAGE,
      title: null,
      description: null,
      lang: null,
      author: null,
      publisher: 'site.example',
      date: null,
      image: null,
      logo: { url: 'https://www.site.example/favicon.ico' },
    });
  });

  test('does not depend on how the page was cut into pieces', async () => {
    const html = readFileSync(join(PAGES, 'article.html'), 'utf8');
    const whole = await extractPreview(URL_OF_PAGE, inPieces(html, html.length));
    expect(await extractPreview(URL_OF_PAGE, inPieces(html, 1))).toEqual(whole);
  });

  test('unescapes text once, folds white space and drops control characters', async () => {
    const preview = await extract('<title>a &amp;amp; b\n\t c\u0007 d</title>');
    expect(preview.title).toBe('a &amp; b c d');
  });

  test('cuts endless text, and not through a character', async () => {
    const preview = await extract(`<meta name="description" content="${'x'.repeat(999)}😀😀">`);
    expect(preview.description).toHaveLength(999);
  });

  test('resolves URLs against the base element, and takes none that is not http', async () => {
    const preview = await extract(`
      <base href="/other/"><meta property="og:image" content="javascript:alert(1)">
      <meta property="og:image" content="data:image/png;base64,x"><meta name="twitter:image" content="pic.png">`);
    expect(preview.image).toEqual({ url: 'https://www.site.example/other/pic.png' });
  });

  test.each(['\u0000', '\ud83d', '\\u0000', '\\ud83d'])(
    'holds nothing that a database refuses (%j)',
    async (poison) => {
      const preview = await extract(`
      <meta name="author" content="a${poison}b"><meta property="og:site_name" content="${'x'.repeat(199)}😀">
      <title>t${poison}t</title>
      <script type="application/ld+json">{"@type":"Article","headline":"h${poison}h","author":{"name":"n${poison}m"}}</script>`);
      const written = JSON.stringify(preview);
      expect(written).not.toMatch(/\\u0000|\\ud[89a-f]/);
      expect(preview.publisher).toHaveLength(199);
    },
  );

  test('of a page that is nested without end is that of its shallow part: the cost grows with the square of the depth', async () => {
    const deep = `<title>Shallow</title>${'<b>'.repeat(300_000)}<meta property="og:title" content="Deep">`;
    expect((await extractPreview(URL_OF_PAGE, inPieces(deep, deep.length))).title).toBe('Shallow');
  });

  test('takes no URL that is longer than any browser sends', async () => {
    const preview = await extract(`<meta property="og:image" content="/${'x'.repeat(5_000)}">`);
    expect(preview.image).toBeNull();
  });

  test('ignores the title of a drawing', async () => {
    expect((await extract('<svg><title>An icon</title></svg><title>The page</title>')).title).toBe(
      'The page',
    );
  });

  test('survives JSON-LD that is broken, nested, and of the wrong types', async () => {
    const preview = await extract(`
      <script type="application/ld+json">{ not json</script>
      <script type="application/ld+json">[[{"@graph":[{"@type":["Thing","NewsArticle"],"headline":7,"author":[{"name":"Grace"},3]}]}]]</script>
      <title>Title</title>`);
    expect(preview).toMatchObject({ title: 'Title', author: 'Grace' });
  });

  test.each([
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['yesterday', null],
    ['20260102', null],
    ['0001-01-01', null],
  ])('reads the date "%s" as %s', async (written, expected) => {
    expect((await extract(`<meta property="article:published_time" content="${written}">`)).date).toBe(
      expected,
    );
  });
});

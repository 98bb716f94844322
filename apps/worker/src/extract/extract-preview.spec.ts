import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { aPreview } from '../../../../test/support/builders.js';
import { extractPage, extractPreview } from './extract-preview.js';

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
    const icon = { url: 'https://www.site.example/favicon.ico' };
    expect(await extract('')).toEqual({
      ...aPreview({ url: URL_OF_PAGE, title: null, lang: null, publisher: 'site.example' }),
      logo: icon,
      favicon: icon,
      provenance: { url: 'address', publisher: 'host', logo: 'host', favicon: 'host' },
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

  test('of a page that was found at such a URL has the one that the page names, else the one that was asked for', async () => {
    const found = `https://site.example/?q=${'x'.repeat(14_000)}`;
    const urlOf = async (html: string) =>
      (await extractPage(found, inPieces(html), 'https://site.example/start')).preview.url;
    expect(await urlOf('<link rel="canonical" href="/page">')).toBe('https://site.example/page');
    expect(await urlOf(`<link rel="canonical" href="${found}">`)).toBe('https://site.example/start');
  });

  test('ignores the title of a drawing', async () => {
    expect((await extract('<svg><title>An icon</title></svg><title>The page</title>')).title).toBe(
      'The page',
    );
  });

  test('takes nothing from a template, and goes on behind it', async () => {
    const preview = await extract(`
      <template><title>Copy</title><meta property="og:title" content="Copy"><link rel="canonical" href="/copy">
        <script type="application/ld+json">{"@type":"Article","headline":"Copy","author":"Copy"}</script>
        <template><style></style></template><svg></svg><p class="byline">By A Copy</p></template>
      <title>Title</title><p class="byline">By Ada Byron</p>`);
    expect(preview).toMatchObject({ url: URL_OF_PAGE, title: 'Title', author: 'Ada Byron' });
  });

  test('takes what a template shows where it stands', async () => {
    const preview = await extract(
      '<x-page><template shadowrootmode="open"><p class="byline">By Ada Byron</p></template></x-page><title>T</title>',
    );
    expect(preview).toMatchObject({ title: 'T', author: 'Ada Byron' });
  });

  test('ignores the title for whom no script runs', async () => {
    const html = '<noscript><title>Turn on scripts</title></noscript><title>The page</title>';
    expect((await extract(html)).title).toBe('The page');
  });

  test.each([
    ['//<![CDATA[\n', '\n//]]>'],
    ['\n// <![CDATA[\n', '\n// ]]>\n'],
    ['<![CDATA[', ']]>'],
    ['/*<![CDATA[*/', '/*]]>*/'],
    ['/* <![CDATA[ */', '/* ]]> */'],
    ['<!--', '-->'],
    ['<!--\n', '\n//-->'],
    ['<!--//--><![CDATA[//><!--\n', '\n//--><!]]>'],
  ])('reads JSON-LD between %j and %j', async (before, behind) => {
    const json = '{"@type":"Article","author":"Ada Byron"}';
    const preview = await extract(`<script type="application/ld+json">${before}${json}${behind}</script>`);
    expect(preview.author).toBe('Ada Byron');
  });

  test('takes no reference that leads nowhere for a picture or an author', async () => {
    const preview = await extract(`
      <script type="application/ld+json">{"@type":"Article","image":{"@id":"#picture"},"author":{"@id":"/#ada"},
        "thumbnailUrl":{"@id":"/thumbnail"}}</script>`);
    expect(preview).toMatchObject({ image: null, author: null });
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

  test('holds no tags that were escaped as text, not even those that appear when others are taken out', async () => {
    const preview = await extract(`
      <meta property="og:title" content="&lt;b&gt;Bold&lt;/b&gt; &lt;scr&lt;i&gt;ipt&gt;alert(1)&lt;/script&gt;">
      <meta name="description" content="1 &lt; 2, and a&amp;lt;b">`);
    expect(preview.title).not.toMatch(/<[/!a-z]/i);
    expect(preview.description).toBe('1 < 2, and a&lt;b');
  });

  test.each([
    ['&lt;div&gt;: The Content Division element', '‹div›: The Content Division element'],
    ['&lt;script&gt;: The Script element', '‹script›: The Script element'],
    ['List&lt;String&gt; vs List&lt;? extends T&gt;', 'List‹String› vs List‹? extends T›'],
    ['Mail from Ada &lt;ada@x.example&gt;', 'Mail from Ada ‹ada@x.example›'],
    ['1 &lt; 2, and x &lt;y', '1 < 2, and x ‹y'],
    ['H&lt;sub class=&quot;x&quot;&gt;2&lt;/sub&gt;O &lt;EM&gt;boils&lt;/EM&gt;', 'H2O boils'],
    ['&lt;ul class=&quot;x&quot;&gt;&lt;li&gt;One&lt;/li&gt;&lt;li&gt;two&lt;/li&gt;', 'One two'],
    ['One&lt;br/&gt;two&lt;/p&gt;&lt;p id=three&gt;three', 'One two three'],
    ['Seen &lt;!-- not &lt;b&gt; seen --&gt; again', 'Seen again'],
    ['Seen &lt;style a&gt;b{}&lt;/style&gt;&lt;script&gt;if (a&lt;b)&lt;/script&gt; again', 'Seen again'],
  ])('with the title "%s" keeps its words: "%s"', async (escaped, title) => {
    expect(await extract(`<title>${escaped}</title>`)).toMatchObject({ title });
  });

  test.each([
    ['\u202egnp.exe\u202c\u200f', 'gnp.exe'],
    ['a\u061c\u200e\u2066b\u2069', 'ab'],
    ['a\u{e0068}\u{e0069}\u{e007f}', 'a'],
    [
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} wins',
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} wins',
    ],
    ['👩\u200d🚀', '👩\u200d🚀'],
    ['\u202e\u2066 \u{e0061}\u200d', null],
    ['<\u202eb>Bold', 'Bold'],
  ])('with the title %j shows what is seen of it: %j', async (written, title) => {
    expect(await extract(`<title>${written}</title>`)).toMatchObject({ title });
  });

  test('keeps the words in brackets of JSON-LD, too', async () => {
    const preview = await extract(`
      <script type="application/ld+json">{"@type":"Article","headline":"List<String> &amp; <i>more</i>"}</script>`);
    expect(preview.title).toBe('List‹String› & more');
  });

  test('takes no author and no date from what readers said', async () => {
    const preview = await extract(`
      <div class="comments"><a rel="author">A Reader</a><time datetime="2026-03-09"></time></div>
      <p class="byline">By Ada Byron</p><span class="date">2 March 2026</span>`);
    expect(preview).toMatchObject({ author: 'Ada Byron', date: '2026-03-02T00:00:00.000Z' });
  });

  test.each([
    ['By Ada Byron', 'Ada Byron'],
    ['Written by: Ada Byron |', 'Ada Byron'],
    ['https://example.com/ada', null],
    ['ada@example.com', null],
    ['Ada Byron &lt;ada@example.com&gt;', 'Ada Byron'],
    ['March 2, 2026', null],
  ])('reads the author "%s" as %s', async (written, expected) => {
    expect((await extract(`<meta name="author" content="${written}">`)).author).toBe(expected);
  });

  test('reads a name that the source breaks over lines', async () => {
    const preview = await extract('<a href="/author/ada/">Ada\n      Byron</a><span>, editor</span>');
    expect(preview.author).toBe('Ada Byron');
  });

  test('does not call a player a video', async () => {
    const preview = await extract(`
      <meta property="og:video" content="https://tube.example/embed/7"><meta property="og:video:type" content="text/html">`);
    expect(preview.video).toBeNull();
  });

  test('takes the date of the address only when the page says none', async () => {
    const url = 'https://site.example/2026/03/02/title';
    const of = async (html: string) => (await extractPreview(url, inPieces(html))).date;
    expect(await of('<title>No date</title>')).toBe('2026-03-02T00:00:00.000Z');
    expect(await of('<time datetime="2026-03-05">')).toBe('2026-03-05T00:00:00.000Z');
  });
});

describe('a page whose head says all', () => {
  const head = `
    <html lang="en"><head><title>Title</title><meta property="og:site_name" content="Kettle">
    <meta name="description" content="Text"><meta property="og:image" content="/a.png">
    <script type="application/ld+json">{"@type":"Article","author":"Ada Byron","datePublished":"2026-03-02"}</script></head>`;

  test('is left there', async () => {
    let wanted = 0;
    const page = async function* () {
      yield head;
      for (; wanted < 100; wanted += 1) yield '<p>more</p>';
    };
    expect(await extractPreview(URL_OF_PAGE, page())).toMatchObject({ title: 'Title', author: 'Ada Byron' });
    expect(wanted).toBe(0);
  });

  test('is read on where the JSON-LD stands in its body', async () => {
    const [meta, jsonLd] = head.split('<script');
    const html = `${meta}</head><body>${'<p>text</p>'.repeat(99)}<script${jsonLd}`;
    expect(await extract(html)).toMatchObject({ author: 'Ada Byron', date: '2026-03-02T00:00:00.000Z' });
  });
});

test.each([
  ['in JSON', '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">', '/oembed?url=x'],
  ['among other words', '<link rel="nofollow Alternate" type="text/json+oembed; charset=x" href="b">', 'b'],
  ['in XML alone', '<link rel="alternate" type="text/xml+oembed" href="/oembed">', null],
  ['as no alternate', '<link rel="next" type="application/json+oembed" href="/oembed">', null],
  ['at no web address', '<link rel="alternate" type="application/json+oembed" href="file:///x">', null],
])('a page that names its oEmbed provider %s', async (_how, head, path) => {
  const { oembedUrl } = await extractPage(URL_OF_PAGE, inPieces(`<head>${head}</head>`));
  expect(oembedUrl).toBe(path === null ? null : new URL(path, URL_OF_PAGE).href);
});

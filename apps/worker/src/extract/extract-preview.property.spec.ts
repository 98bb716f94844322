import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { LinkPreview } from '#libs/preview';
import { cpuCost } from '../../../../test/support/cpu-cost.js';
import { extractPreview } from './extract-preview.js';

const URL_OF_PAGE = 'https://www.site.example/section/page.html';

/** The bound of each property, in ms: what is found within it is worth having. */
const TIME_BOX = { interruptAfterTimeLimit: 2_000, numRuns: 2_000 };

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

const poison = fc.constantFrom(
  '\u0000',
  '\u202e',
  '\u{e0041}',
  '\ud83d',
  '\ude00',
  '&lt;b&gt;',
  '&lt;?',
  '&lt;div&gt;',
  '&lt;!--',
  '--&gt;',
  '&lt;/script&gt;',
  '<',
  '>',
  '"',
  '&#0;',
  '&#xd83d;',
  '\\u0000',
  '\\ud83d',
  '&',
);
const value = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      poison,
      fc.webUrl(),
      fc.constantFrom('javascript:alert(1)', 'data:text/html,x', '//', 'By ', '2026-03-02'),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));
const name = fc.constantFrom(
  'og:title',
  'og:image',
  'og:url',
  'og:video',
  'og:audio',
  'description',
  'author',
  'og:site_name',
  'keywords',
  'theme-color',
  'og:type',
  'article:published_time',
  'twitter:creator',
  'og:logo',
);
const meta = fc.tuple(name, value).map(([key, content]) => `<meta property="${key}" content="${content}">`);
const jsonLd = fc.jsonValue({ maxDepth: 5 }).chain((json) =>
  fc
    .record(
      {
        '@type': fc.constantFrom('Article', 'Movie', 'Person', 'VideoObject', 7),
        '@id': value,
        author: value,
        headline: value,
        image: fc.oneof(value, fc.constant({ '@id': 'x' })),
        publisher: fc.constant(json),
        datePublished: value,
        contentUrl: value,
        '@graph': fc.constant([json]),
      },
      { requiredKeys: [] },
    )
    .map((node) => `<script type="application/ld+json">${JSON.stringify(node)}</script>`),
);
const element = fc
  .tuple(
    fc.constantFrom(
      'a',
      'p',
      'div',
      'time',
      'img',
      'video',
      'source',
      'h1',
      'title',
      'base',
      'link',
      'svg',
      'template',
      'noscript',
      'script',
      'style',
    ),
    fc.constantFrom(
      'class="author"',
      'class="date"',
      'itemprop="author"',
      'rel="icon"',
      'rel="author"',
      'itemprop="logo"',
      '',
    ),
    value,
  )
  .map(
    ([tag, sign, text]) => `<${tag} ${sign} src="${text}" href="${text}" datetime="${text}">${text}</${tag}>`,
  );
const page = fc
  .array(
    fc.oneof(
      meta,
      jsonLd,
      element,
      fc.string({ unit: 'binary' }),
      fc.constantFrom('</head>', '<body>', '<!--', '</div>', '<!DOCTYPE'),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(''));

const MEDIA = ['image', 'logo', 'favicon', 'video', 'audio'] as const;
const TEXTS = ['title', 'description', 'author', 'publisher', 'type', 'themeColor', 'lang'] as const;

/** What holds for any preview, whatever the page. */
function expectSound(preview: LinkPreview) {
  for (const url of [preview.url, ...MEDIA.map((field) => preview[field]?.url ?? URL_OF_PAGE)]) {
    expect(new URL(url).href).toBe(url);
    expect(url).toMatch(/^https?:/);
  }
  for (const text of [...TEXTS.map((field) => preview[field] ?? 'x'), ...(preview.keywords ?? [])]) {
    expect(text).not.toMatch(
      /^$|^\s|\s$|\p{Cc}|\p{Surrogate}|<[a-z/!?]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/iu,
    );
    expect(text.length).toBeLessThanOrEqual(1_000);
  }
  for (const date of [preview.date, preview.datePublished, preview.dateModified]) {
    expect(date === null ? null : new Date(date).toISOString()).toBe(date);
  }
}

describe('of any page', () => {
  test('the preview has neither markup nor foreign schemes nor what a database refuses', async () => {
    const property = fc.asyncProperty(page, async (html) => {
      expectSound(await extractPreview(URL_OF_PAGE, pieces(html)));
    });
    await fc.assert(property, TIME_BOX);
  });

  test('the preview is the same, however the page was cut', async () => {
    const property = fc.asyncProperty(page, fc.nat(), async (html, at) => {
      const cut = at % (html.length + 1);
      const whole = await extractPreview(URL_OF_PAGE, pieces(html));
      expect(await extractPreview(URL_OF_PAGE, pieces(html.slice(0, cut), html.slice(cut)))).toEqual(whole);
    });
    await fc.assert(property, TIME_BOX);
  });
});

const MANY = 200_000;

test.each([
  ['open elements', '<div class="author date byline">'.repeat(MANY)],
  ['signs with text', '<i class="author date time logo">x</i>'.repeat(MANY)],
  ['nested signs', `${'<p class="author"><span class="date">'.repeat(200)}${'word '.repeat(MANY)}`],
  ['an endless attribute', `<meta property="og:title" content="${'<b '.repeat(MANY)}">`],
  ['endless tags as text', `<meta property="og:title" content="${'&lt;a '.repeat(MANY)}">`],
  ['endless comments as text', `<meta property="og:title" content="${'&lt;!-- '.repeat(MANY)}">`],
  [
    'endless scripts as text',
    '<meta name="author" content="&lt;script&gt;">'.repeat(500) +
      `<meta name="author" content="${'<script><style>'.repeat(MANY)}">`,
  ],
  ['digits', `<time datetime="${'2026-1'.repeat(MANY)}"><p class="date">${'12 march '.repeat(MANY)}`],
  ['quotes', `<title>${`"'`.repeat(MANY)}</title><meta name="description" content='${'"a'.repeat(MANY)}'>`],
  ['spaces', `<title>${' \u0007'.repeat(MANY)}</title><p class="byline">by${' '.repeat(MANY)}`],
  ['brackets of JSON', `<script type="application/ld+json">${'['.repeat(MANY)}</script>`],
  [
    'nested JSON',
    `<script type="application/ld+json">${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}</script>`,
  ],
  [
    'JSON nodes',
    `<script type="application/ld+json">[${'{"@type":"Article","author":{"@id":"a"}},'.repeat(12_000)}{}]</script>`,
  ],
  [
    'JSON scripts',
    '<script type="application/ld+json">{"@type":"Article","@id":"a","author":{"@id":"a"}}</script>'.repeat(
      20_000,
    ),
  ],
  [
    'marks around JSON',
    `<script type="application/ld+json">{}${'<!--> '.repeat(30_000)}${'} '.repeat(30_000)}x</script>`,
  ],
  ['comments of JSON', `<script type="application/ld+json">${'/* <!-- */ --> '.repeat(30_000)}</script>`],
  ['states', `<script type="application/json">${'"createTime" : "'.repeat(30_000)}</script>`],
  ['metas', '<meta name="keywords" content="a,b">'.repeat(100_000)],
  ['icons', '<link rel="icon" sizes="1x1" href="/a">'.repeat(100_000)],
])('a page made of %s costs what its length costs', async (_what, html) => {
  const cost = await cpuCost(async () => expectSound(await extractPreview(URL_OF_PAGE, pieces(html))));
  expect(cost).toBeLessThan(110);
});

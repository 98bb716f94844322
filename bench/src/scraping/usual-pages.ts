import { seededRandom } from '../content-change.js';

const SMALLEST = 20 * 1024;
const LARGEST = 300 * 1024;

/** Share of pages whose JSON-LD tells what their `meta` elements don't: the rest of such a page is left. */
const TELLING = 0.4;

const WORDS =
  'about after again between city could every first found great harbour house know large letter light little morning mountain never night number people place river school should story street their under water where winter world year'.split(
    ' ',
  );

/** A page as sites have them, from 20 to 300 KB of HTML, as likely to be of one size as of twice that; the same number, the same page. */
export function usualPage(number: number): string {
  const random = seededRandom(`page ${number}`);
  const size = SMALLEST * (LARGEST / SMALLEST) ** random();
  const head = headOf(number, random);
  const parts = [
    `<!doctype html>\n<html lang="en">\n${head}\n<body class="page">\n${navigation(random)}\n<main>\n`,
  ];
  for (let length = head.length; length < size; length += parts.at(-1)!.length) parts.push(block(random));
  parts.push(`</main>\n<footer class="footer"><p>© ${words(6, random)}</p></footer>\n</body>\n</html>\n`);
  return parts.join('');
}

function headOf(number: number, random: () => number): string {
  const [title, description] = [words(7, random), words(25, random)];
  return [
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title} | The Bench</title>`,
    `<meta name="description" content="${description}">`,
    `<link rel="canonical" href="/page/${number}">`,
    '<meta property="og:type" content="article">',
    '<meta property="og:site_name" content="The Bench">',
    `<meta property="og:title" content="${title}">`,
    `<meta property="og:description" content="${description}">`,
    `<meta property="og:image" content="/images/${number}.jpg">`,
    '<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">',
    '<meta name="twitter:card" content="summary_large_image">',
    '<meta name="theme-color" content="#234567">',
    ...times(
      6,
      (index) => `<link rel="icon" sizes="${16 << index}x${16 << index}" href="/icon-${index}.png">`,
    ),
    ...times(
      8,
      (index) =>
        `<link rel="stylesheet" href="/assets/${index}.css"><script src="/assets/${index}.js" defer></script>`,
    ),
    `<style>${times(120, (index) => `.c${index}{margin:${index}px;color:#${(1000 + index).toString(16)}}`).join('')}</style>`,
    ...(random() < TELLING ? [jsonLd(title, description)] : []),
    '</head>',
  ].join('\n');
}

function jsonLd(headline: string, description: string): string {
  const article = {
    '@context': 'https://schema.org',
    '@type': 'NewsArticle',
    headline,
    description,
    datePublished: '2025-03-04T05:06:07Z',
    author: { '@type': 'Person', name: 'Ada Bench' },
    publisher: {
      '@type': 'Organization',
      name: 'The Bench',
      logo: { '@type': 'ImageObject', url: '/logo.png' },
    },
  };
  return `<script type="application/ld+json">${JSON.stringify(article)}</script>`;
}

function navigation(random: () => number): string {
  const links = times(
    30,
    (index) => `<li class="menu-item"><a href="/section/${index}">${words(2, random)}</a></li>`,
  );
  return `<header class="site-header"><a class="logo" href="/"><img src="/logo.svg" alt="The Bench"></a><nav><ul>${links.join('')}</ul></nav></header>`;
}

/** What bodies are made of, in turns of chance: paragraphs, lists of links, scripts. */
function block(random: () => number): string {
  const kind = random();
  if (kind < 0.6)
    return `<p class="text">${words(60, random)} <a href="/${words(1, random)}">${words(3, random)}</a> ${words(40, random)}.</p>\n`;
  if (kind < 0.95)
    return `<div class="card"><a href="/page/${Math.floor(1_000 * random())}"><img class="thumb" loading="lazy" src="/t.jpg" alt="${words(4, random)}"><h3 class="card-title">${words(6, random)}</h3></a><time datetime="2025-03-0${1 + Math.floor(9 * random())}">March</time></div>\n`;
  return `<script>window.state=${JSON.stringify(times(40, (id) => ({ id, text: words(5, random) })))}</script>\n`;
}

function words(count: number, random: () => number): string {
  return times(count, () => WORDS[Math.floor(random() * WORDS.length)]!).join(' ');
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

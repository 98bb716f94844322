import { DataSource } from 'typeorm';
import { canonicalUrl, type LinkPreview, NO_MEMORY, previewKey } from '#libs/preview';
import { dataSourceOptions, PreviewStoreWriter } from '#libs/store';

const LIFETIME_MS = 86_400_000;
const CONNECTIONS = 8;

const MANY = 'https://many.example/what-the-town-council-said/';

/** Stores previews as they are of articles, fresh for a day, without a word to any site. @returns their pages */
export async function storePages(databaseUrl: string, count: number): Promise<readonly string[]> {
  const dataSource = await new DataSource(dataSourceOptions(databaseUrl, CONNECTIONS)).initialize();
  try {
    const writer = new PreviewStoreWriter(dataSource);
    const pages = Array.from({ length: count }, (_, number) => page(number));
    const waiting = pages.entries();
    const store = async () => {
      for (const [number, url] of waiting) await storePage(writer, url, number);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, store));
    return pages;
  } finally {
    await dataSource.destroy();
  }
}

/** Pages of one site whose previews are that of a page that is stored, all within Postgres: a million of them take it minutes. @returns their pages */
export async function multiplyPage(
  databaseUrl: string,
  stored: string,
  count: number,
): Promise<readonly string[]> {
  const dataSource = await new DataSource(dataSourceOptions(databaseUrl, 1)).initialize();
  try {
    const prefix = canonicalUrl(`${MANY}0`).slice(0, -1);
    await dataSource.query(
      `INSERT INTO preview (key, version, url, host, fetch_url, preview, outcome, facets, tags, fetched_for, fetched_at, fresh_until, stale_until)
       SELECT substr(encode(sha256(convert_to(many.url, 'UTF8')), 'hex'), 1, 32)::uuid, nextval('preview_version'), many.url, $3, 'https:' || many.url,
         v.preview || jsonb_build_object('url', 'https:' || many.url), v.outcome, v.facets, v.tags, v.fetched_for, v.fetched_at, v.fresh_until, v.stale_until
       FROM preview v, (SELECT $2::text || n AS url FROM generate_series(0, $4::int - 1) n) many WHERE v.key = $1`,
      [previewKey(canonicalUrl(stored)), prefix, new URL(MANY).hostname, count],
    );
    return Array.from({ length: count }, (_, number) => `${MANY}${number}`);
  } finally {
    await dataSource.destroy();
  }
}

/** Stores what an article's page is seen as; the number makes it one of its own. */
export async function storePage(writer: PreviewStoreWriter, page: string, number: number): Promise<void> {
  const url = canonicalUrl(page);
  const now = Date.now();
  const entry = {
    key: previewKey(url),
    url,
    fetchUrl: page,
    preview: preview(page, number),
    outcome: {
      kind: 'success' as const,
      statusCode: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'max-age=300, stale-while-revalidate=60',
        etag: `"${number.toString(36).padStart(27, 'x')}"`,
        'last-modified': 'Mon, 02 Mar 2026 09:30:00 GMT',
      },
      redirects: [],
    },
    facets: {},
    tags: [],
    fetchedFor: 'scrape' as const,
    fetchedAt: now,
    freshUntil: now + LIFETIME_MS,
    staleUntil: now + 2 * LIFETIME_MS,
  };
  const visit = { reason: 'scrape' as const, work: 'page' as const, at: now };
  const saved = await writer.save(
    { entry, memory: NO_MEMORY, hostWeights: undefined, visit, refetchCost: 1 },
    await writer.begin(entry.key, entry.url),
  );
  if (saved.kind !== 'saved') throw new Error(`a page of the bench was not stored: ${saved.kind}`);
}

function page(number: number): string {
  return `https://www.paper-${number % 97}.example/2026/03/02/what-the-town-council-said-of-bridge-${number}`;
}

function preview(url: string, number: number): LinkPreview {
  const image = `https://cdn.paper-${number % 97}.example/pictures/2026/03/bridge-${number}-1200x630.jpg`;
  return {
    url,
    title: `What the town council said of bridge number ${number}, and what it left unsaid`,
    description:
      'The bridge has been closed since the flood in autumn. On Monday evening the council met for the third time, and for the third time put off a decision.',
    lang: 'en',
    author: 'Ada Byron',
    publisher: `The Paper ${number % 97}`,
    date: '2026-03-02T09:30:00.000Z',
    datePublished: '2026-03-01T08:00:00.000Z',
    dateModified: '2026-03-02T09:30:00.000Z',
    image: { url: image, type: 'jpg', size: 183_204, width: 1_200, height: 630 },
    logo: {
      url: `https://www.paper-${number % 97}.example/icons/icon-180.png`,
      type: 'png',
      size: 4_112,
      width: 180,
      height: 180,
    },
    favicon: { url: `https://www.paper-${number % 97}.example/favicon-32.png` },
    video: null,
    audio: null,
    type: 'article',
    themeColor: '#123456',
    keywords: ['bridges', 'town council', 'flood', 'local politics', 'roads'],
    provenance: { title: 'og:title', description: 'og:description', image: 'og:image', author: 'json-ld' },
  };
}

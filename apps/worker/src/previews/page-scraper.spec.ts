import { describe, expect, test } from '@jest/globals';
import { canonicalUrl, type Validators } from '#libs/preview';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { PageFetcher, PageRequest } from '../fetch/page-fetcher.js';
import type { FetchedPage, UnchangedPage } from '../fetch/page-response.js';
import type { OEmbedFinder, OEmbedFound } from '../oembed/oembed-finder.js';
import { PageScraper } from './page-scraper.js';

type Site = Readonly<Record<string, FetchFailed | 'page' | 'far page' | 'unchanged'>>;

const unreachable = new FetchFailed('EUNREACHABLE', 'no such host');
const notFound = new FetchFailed('ENOTFOUND', 'The origin answered 404.', { statusCode: 404 });
const busy = new FetchFailed('EORIGINSTATUS', 'The origin answered 503.', { statusCode: 503 });

/** A web of a few URLs; all others can't be reached. */
class FakeWeb implements Pick<PageFetcher, 'fetch'> {
  readonly visited: PageRequest[] = [];

  constructor(private readonly site: Site) {}

  async fetch<T>(wanted: PageRequest, read: (page: FetchedPage | UnchangedPage) => Promise<T>): Promise<T> {
    this.visited.push(wanted);
    const found = this.site[wanted.url] ?? unreachable;
    if (found === 'unchanged') return read({ kind: 'unchanged' });
    if (found instanceof FetchFailed) throw found;
    return read({
      kind: 'html',
      finalUrl: found === 'page' ? wanted.url : `${wanted.url}?q=${'x'.repeat(14_000)}`,
      statusCode: 200,
      headers: {},
      redirects: [],
      validators: null,
      text: (async function* () {
        yield await Promise.resolve('<link rel=alternate type=application/json+oembed href=/oembed>');
      })(),
    });
  }
}

class FakeProvider implements Pick<OEmbedFinder, 'find'> {
  readonly askedOf: (readonly [pageUrl: string, discovered: string | null])[] = [];

  find(pageUrl: string, discovered: string | null): Promise<OEmbedFound> {
    this.askedOf.push([pageUrl, discovered]);
    return Promise.resolve('failed');
  }
}

async function scrape(site: Site, validators: Validators | null = null) {
  const web = new FakeWeb(site);
  const provider = new FakeProvider();
  const scraper = new PageScraper(web as unknown as PageFetcher, provider, 1_000);
  const scraped = await scraper.scrape(canonicalUrl('http://www.example.com/a'), validators);
  return { scraped, visited: web.visited, askedOf: provider.askedOf };
}

describe('scraping a page that has several addresses', () => {
  test('ends with the first that gives a page', async () => {
    const { scraped, visited } = await scrape({ 'https://example.com/a': 'page' });
    expect(scraped).toMatchObject({ kind: 'page', fetchUrl: 'https://example.com/a' });
    expect(visited).toHaveLength(1);
  });

  test('reaches a site that lives under www. or over http only', async () => {
    expect((await scrape({ 'https://www.example.com/a': 'page' })).scraped.fetchUrl).toBe(
      'https://www.example.com/a',
    );
    expect(
      (await scrape({ 'http://example.com/a': 'page', 'https://example.com/a': notFound })).scraped.fetchUrl,
    ).toBe('http://example.com/a');
  });

  test('fails only after all of them failed, with what an origin said rather than what could not be reached', async () => {
    const { scraped, visited } = await scrape({ 'https://www.example.com/a': notFound });
    expect(scraped).toMatchObject({ kind: 'failure', outcome: { code: 'ENOTFOUND', statusCode: 404 } });
    expect(visited).toHaveLength(4);
    expect((await scrape({})).scraped).toMatchObject({ kind: 'failure', outcome: { code: 'EUNREACHABLE' } });
  });

  test('leaves an origin alone that asks for it', async () => {
    const { scraped, visited } = await scrape({ 'https://example.com/a': busy });
    expect(scraped).toMatchObject({ kind: 'failure', outcome: { statusCode: 503 } });
    expect(visited).toHaveLength(1);
  });

  test('asks the provider that a page names, once there is a page; what becomes of that is beside it', async () => {
    const { scraped, askedOf } = await scrape({ 'https://example.com/a': 'page' });
    expect(askedOf).toEqual([['https://example.com/a', 'https://example.com/oembed']]);
    expect(scraped).toMatchObject({ kind: 'page', oembed: 'failed' });
    expect((await scrape({})).askedOf).toEqual([]);
    expect((await scrape({ 'https://example.com/a': 'unchanged' })).askedOf).toEqual([]);
  });

  test('knows a page by the URL that was asked for, where it redirects to one of any length', async () => {
    const { scraped } = await scrape({ 'https://example.com/a': 'far page' });
    expect(scraped).toMatchObject({ kind: 'page', preview: { url: 'https://example.com/a' } });
  });

  test('asks with the validators of the copy that is held, and hears that nothing changed', async () => {
    const validators = { url: 'https://example.com/a', etag: '"1"', lastModified: null };
    const { scraped, visited } = await scrape({ 'https://example.com/a': 'unchanged' }, validators);
    expect(scraped).toEqual({ kind: 'unchanged', fetchUrl: 'https://example.com/a' });
    expect(visited[0]?.validators).toEqual(validators);
  });
});

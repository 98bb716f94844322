import { describe, expect, test } from '@jest/globals';
import { canonicalUrl } from '#libs/preview';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { FetchedPage, PageFetcher } from '../fetch/page-fetcher.js';
import { PageScraper } from './page-scraper.js';

type Site = Readonly<Record<string, FetchFailed | 'page'>>;

const unreachable = new FetchFailed('EUNREACHABLE', 'no such host');
const notFound = new FetchFailed('ENOTFOUND', 'The origin answered 404.', { statusCode: 404 });
const busy = new FetchFailed('EORIGINSTATUS', 'The origin answered 503.', { statusCode: 503 });

/** A web of a few URLs; all others can't be reached. */
class FakeWeb implements Pick<PageFetcher, 'fetch'> {
  readonly visited: string[] = [];

  constructor(private readonly site: Site) {}

  async fetch<T>(url: string, _signal: AbortSignal, read: (page: FetchedPage) => Promise<T>): Promise<T> {
    this.visited.push(url);
    const found = this.site[url] ?? unreachable;
    if (found !== 'page') throw found;
    return read({
      finalUrl: url,
      statusCode: 200,
      headers: {},
      redirects: [],
      text: (async function* () {})(),
    });
  }
}

async function scrape(site: Site) {
  const web = new FakeWeb(site);
  const scraped = await new PageScraper(web as unknown as PageFetcher, 1_000).scrape(
    canonicalUrl('http://www.example.com/a'),
  );
  return { ...scraped, visited: web.visited };
}

describe('scraping a page that has several addresses', () => {
  test('ends with the first that gives a page', async () => {
    const { fetchUrl, outcome, visited } = await scrape({ 'https://example.com/a': 'page' });
    expect(outcome.kind).toBe('success');
    expect(fetchUrl).toBe('https://example.com/a');
    expect(visited).toHaveLength(1);
  });

  test('reaches a site that lives under www. or over http only', async () => {
    expect((await scrape({ 'https://www.example.com/a': 'page' })).fetchUrl).toBe(
      'https://www.example.com/a',
    );
    expect(
      (await scrape({ 'http://example.com/a': 'page', 'https://example.com/a': notFound })).fetchUrl,
    ).toBe('http://example.com/a');
  });

  test('fails only after all of them failed, with what an origin said rather than what could not be reached', async () => {
    const { preview, outcome, visited } = await scrape({ 'https://www.example.com/a': notFound });
    expect(preview).toBeNull();
    expect(outcome).toMatchObject({ code: 'ENOTFOUND', statusCode: 404 });
    expect(visited).toHaveLength(4);
    expect((await scrape({})).outcome).toMatchObject({ code: 'EUNREACHABLE' });
  });

  test('leaves an origin alone that asks for it', async () => {
    const { outcome, visited } = await scrape({ 'https://example.com/a': busy });
    expect(outcome).toMatchObject({ statusCode: 503 });
    expect(visited).toHaveLength(1);
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { canonicalUrl } from '#libs/preview';
import { aFailure, aPreview } from '../../../../test/support/builders.js';
import type { PageScraper, Scraped } from '../previews/page-scraper.js';
import type { HostAnswer, HostPlaces, PlaceRequest, VisitEnd } from './host-places.js';
import { PoliteScraper, visitEnd, withoutPlace } from './polite-scraper.js';
import type { Robots, Ruling } from './robots.js';
import { visitedHost } from './visited-host.js';

const url = canonicalUrl('https://www.example.com/page');
const aPage: Scraped = {
  kind: 'page',
  fetchUrl: 'https://example.com/page',
  preview: aPreview(),
  oembed: null,
  outcome: { kind: 'success', statusCode: 200, headers: {}, redirects: [] },
  validators: null,
};
const aFault = (given: Parameters<typeof aFailure>[0] = {}): Scraped => ({
  kind: 'failure',
  fetchUrl: 'https://example.com/page',
  outcome: aFailure(given),
});

class FakeRobots implements Pick<Robots, 'ruling'> {
  says: Ruling = { kind: 'ruling', isAllowed: true, crawlDelayMs: 0 };

  ruling(): Promise<Ruling> {
    return Promise.resolve(this.says);
  }
}

class FakePlaces implements Pick<HostPlaces, 'ask'> {
  readonly asked: [string, PlaceRequest][] = [];
  readonly left: VisitEnd[] = [];

  ask(host: string, request: PlaceRequest): Promise<HostAnswer> {
    this.asked.push([host, request]);
    const leave = (end: VisitEnd) => Promise.resolve(void this.left.push(end));
    return Promise.resolve({ kind: 'place', leave });
  }
}

class FakeScraper implements Pick<PageScraper, 'scrape'> {
  finds: () => Promise<Scraped> = () => Promise.resolve(aPage);

  scrape(): Promise<Scraped> {
    return this.finds();
  }
}

describe('a polite visit', () => {
  let robots: FakeRobots;
  let places: FakePlaces;
  let scraper: FakeScraper;
  let polite: PoliteScraper;

  beforeEach(() => {
    [robots, places, scraper] = [new FakeRobots(), new FakePlaces(), new FakeScraper()];
    polite = new PoliteScraper(robots, places, scraper, () => 0);
  });

  test('takes a place at the host, with the delay that robots.txt asks for, and gives it back', async () => {
    robots.says = { kind: 'ruling', isAllowed: true, crawlDelayMs: 5_000 };
    expect(await polite.scrape(url, null, false)).toBe(aPage);
    expect(places.asked).toEqual([['example.com', { isAwaited: false, spacingMs: 5_000 }]]);
    expect(places.left).toEqual([{ kind: 'well' }]);
  });

  test('gives its place back after a fault of our own, too', async () => {
    scraper.finds = () => Promise.reject(new Error('out of files'));
    await expect(polite.scrape(url, null, true)).rejects.toThrow('out of files');
    expect(places.left).toEqual([{ kind: 'other' }]);
  });

  test('that robots.txt is against takes no place, and who waits is told', async () => {
    robots.says = { kind: 'ruling', isAllowed: false, crawlDelayMs: 0 };
    const outcome = { code: 'EFORBIDDENURL', reason: expect.stringContaining('robots.txt') };
    expect(await polite.scrape(url, null, false)).toMatchObject({ kind: 'disallowed', outcome });
    expect(await polite.scrape(url, null, true)).toMatchObject({ kind: 'failure', outcome });
    expect(places.asked).toEqual([]);
  });

  test('to a site whose robots.txt can not be reached fails as a visit does', async () => {
    const failure = { kind: 'failure', fetchUrl: 'https://example.com/page', outcome: aFailure() } as const;
    robots.says = failure;
    expect(await polite.scrape(url, null, false)).toEqual(failure);
    expect(places.asked).toEqual([]);
  });
});

describe('without a place', () => {
  const later = (isOwnTurn: boolean) => ({ kind: 'later', inMs: 1_000, isOwnTurn }) as const;
  const resting = (forMs: number) => ({ kind: 'resting', forMs, statusCode: 429 }) as const;

  test('everyone comes back at his turn, and those who were given the same time not all at once', () => {
    for (const isAwaited of [true, false]) {
      expect(withoutPlace(url, later(true), isAwaited, 0.99)).toEqual({ kind: 'postponed', delayMs: 1_000 });
      expect(withoutPlace(url, later(false), isAwaited, 0)).toEqual({ kind: 'postponed', delayMs: 1_000 });
      expect(withoutPlace(url, later(false), isAwaited, 0.99)).toEqual({ kind: 'postponed', delayMs: 1_198 });
    }
  });

  test('because the host rests, a reader is told so at once', () => {
    expect(withoutPlace(url, resting(7_000), true, 0)).toEqual({
      kind: 'rested',
      fetchUrl: 'https://example.com/page',
      outcome: {
        kind: 'failure',
        code: 'EORIGINSTATUS',
        reason: 'The origin answered 429 a moment ago and is left alone.',
        statusCode: 429,
        retryAfterMs: 7_000,
      },
    });
  });

  test('because the host rests, others wait out a short rest and give up before a long one', () => {
    expect(withoutPlace(url, resting(30_000), false, 0)).toEqual({ kind: 'postponed', delayMs: 30_000 });
    expect(withoutPlace(url, resting(30_001), false, 0)).toMatchObject({
      kind: 'rested',
      outcome: { retryAfterMs: 30_001 },
    });
  });
});

describe('what a visit says of its host', () => {
  test.each([
    ['a page', aPage, { kind: 'well' }],
    ['nothing new', { kind: 'unchanged', fetchUrl: '' } as const, { kind: 'well' }],
    [
      'a 429',
      aFault({ code: 'EORIGINSTATUS', statusCode: 429, retryAfterMs: 2_000 }),
      { kind: 'overloaded', statusCode: 429, retryAfterMs: 2_000 },
    ],
    [
      'a 503',
      aFault({ code: 'EORIGINSTATUS', statusCode: 503 }),
      { kind: 'overloaded', statusCode: 503, retryAfterMs: null },
    ],
    ['another failure', aFault({ code: 'EORIGINSTATUS', statusCode: 500 }), { kind: 'other' }],
    ['no answer', aFault(), { kind: 'other' }],
  ])('%s', (_what, scraped, end) => {
    expect(visitEnd(scraped)).toEqual(end);
  });
});

test.each([
  ['https://www.example.com/a', 'example.com'],
  ['http://example.com:8080/a?b', 'example.com'],
  ['http://www.example.com:8080/', 'example.com'],
  ['http://[::1]/', '[::1]'],
  ['http://[::1]:8080/', '[::1]'],
  ['http://127.0.0.2:81/', '127.0.0.2'],
])('a visit to %s costs the patience of %s', (page, host) => {
  expect(visitedHost(canonicalUrl(page))).toBe(host);
});

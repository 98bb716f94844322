import { type CanonicalUrl, fetchCandidates, type ScrapeFailure, type Validators } from '#libs/preview';
import type { PageScraper, Scraped } from '../previews/page-scraper.js';
import type { HostAnswer, HostPlaces, VisitEnd } from './host-places.js';
import type { Robots } from './robots.js';
import { visitedHost } from './visited-host.js';

/** No visit now: the page's host has no room. Ask again in so many ms. */
export interface Postponed {
  readonly kind: 'postponed';
  readonly delayMs: number;
}

/** No visit: the host had asked to be left alone, and that is the outcome. */
export interface Rested {
  readonly kind: 'rested';
  readonly fetchUrl: string;
  readonly outcome: ScrapeFailure;
}

/** No visit, and nothing to say of the page: its site's robots.txt is against it. */
export interface Disallowed {
  readonly kind: 'disallowed';
  readonly outcome: ScrapeFailure;
}

/** What became of a visit, whether it was made or not. */
export type Visited = Scraped | Postponed | Rested | Disallowed;

/** A rest that is over so soon (ms) is waited for where nobody waits for the page. */
const SHORT_REST_MS = 30_000;

/** Share of a wait that is left to chance, so that those who were sent away until the same time don't come back together. A turn of one's own is kept: chance would have two meet in one. */
const JITTER = 0.2;

/** Scrapes pages as their sites would have it: by robots.txt where nobody waits, so many at a time, and not while they ask to be left alone. */
export class PoliteScraper {
  /** @param random a number from 0 up to 1 */
  constructor(
    private readonly robots: Pick<Robots, 'ruling'>,
    private readonly places: Pick<HostPlaces, 'ask'>,
    private readonly scraper: Pick<PageScraper, 'scrape'>,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * @param validators of the copy that is held: a page that still matches them is `unchanged`
   * @param isAwaited whether someone waits for the page
   */
  async scrape(url: CanonicalUrl, validators: Validators | null, isAwaited: boolean): Promise<Visited> {
    const ruling = await this.robots.ruling(url, isAwaited);
    if (ruling.kind === 'failure') return ruling;
    if (!ruling.isAllowed) return refused(url, isAwaited);
    const spacingMs = ruling.crawlDelayMs;
    const answer = await this.places.ask(visitedHost(url), { isAwaited, spacingMs });
    if (answer.kind !== 'place') return withoutPlace(url, answer, isAwaited, this.random());

    let end: VisitEnd = { kind: 'other' };
    try {
      const scraped = await this.scraper.scrape(url, validators);
      end = visitEnd(scraped);
      return scraped;
    } finally {
      void answer.leave(end); // it never throws, and who waits for the page needn't wait for this
    }
  }
}

/** Who waits is told why; where nobody does the page is left as it is known. */
function refused(url: CanonicalUrl, isAwaited: boolean): Scraped | Disallowed {
  const reason = "The site's robots.txt asks not to visit this page.";
  const outcome = {
    kind: 'failure',
    code: 'EFORBIDDENURL',
    reason,
    statusCode: null,
    retryAfterMs: null,
  } as const;
  return isAwaited
    ? { kind: 'failure', fetchUrl: fetchCandidates(url)[0]!, outcome }
    : { kind: 'disallowed', outcome };
}

/** What a page comes to whose host has no place for it. */
export function withoutPlace(
  url: CanonicalUrl,
  answer: Exclude<HostAnswer, { kind: 'place' }>,
  isAwaited: boolean,
  random: number,
): Postponed | Rested {
  const waitMs = answer.kind === 'later' ? answer.inMs : answer.forMs;
  if (answer.kind === 'later' && answer.isOwnTurn) return { kind: 'postponed', delayMs: waitMs };
  if (answer.kind === 'later' || (!isAwaited && waitMs <= SHORT_REST_MS))
    return { kind: 'postponed', delayMs: Math.ceil(waitMs * (1 + JITTER * random)) };
  const { statusCode } = answer;
  const reason = `The origin answered ${statusCode} a moment ago and is left alone.`;
  return {
    kind: 'rested',
    fetchUrl: fetchCandidates(url)[0]!,
    outcome: { kind: 'failure', code: 'EORIGINSTATUS', reason, statusCode, retryAfterMs: waitMs },
  };
}

/** What a visit says of its host. */
export function visitEnd(scraped: Scraped): VisitEnd {
  if (scraped.kind !== 'failure') return { kind: 'well' };
  const { statusCode, retryAfterMs } = scraped.outcome;
  return statusCode === 429 || statusCode === 503
    ? { kind: 'overloaded', statusCode, retryAfterMs }
    : { kind: 'other' };
}

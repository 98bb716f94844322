import { canonicalUrl } from '#libs/preview';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { SmallAnswer, SmallFetcher, SmallRequest } from '../fetch/small-fetcher.js';
import type { HostPlaces, VisitEnd } from '../politeness/host-places.js';
import { visitEnd } from '../politeness/polite-scraper.js';
import type { Robots } from '../politeness/robots.js';
import { visitedHost } from '../politeness/visited-host.js';
import { withPatience } from '../fetch/patience.js';

export interface PoliteRequest extends Omit<SmallRequest, 'signal'> {
  /** Longest time from when it has its place, redirects included, in ms. */
  readonly timeoutMs: number;
  /** Whether someone waits for it. */
  readonly isAwaited: boolean;
  /** The end of all patience. */
  readonly signal: AbortSignal;
}

/** What asking came to: *later*, the host has no room for so long (ms); *refused*, by robots.txt, or by a host that wants to be left alone. */
export type PoliteAnswer =
  | { readonly kind: 'answer'; readonly answer: SmallAnswer }
  | { readonly kind: 'later'; readonly inMs: number }
  | { readonly kind: 'refused' };

/** Fetches something small as its host would have it: by robots.txt where nobody waits, and when there is room. */
export class PoliteFetcher {
  constructor(
    private readonly fetcher: Pick<SmallFetcher, 'fetch'>,
    private readonly robots: Pick<Robots, 'ruling'>,
    private readonly places: Pick<HostPlaces, 'ask'>,
  ) {}

  /** @throws {FetchFailed} */
  async fetch({ timeoutMs, isAwaited, signal, ...wanted }: PoliteRequest): Promise<PoliteAnswer> {
    const url = canonicalUrl(wanted.url);
    const ruling = await this.robots.ruling(url, isAwaited);
    if (ruling.kind === 'failure' || !ruling.isAllowed) return { kind: 'refused' };
    const spacingMs = ruling.crawlDelayMs;
    const place = await this.places.ask(visitedHost(url), { isAwaited, spacingMs });
    if (place.kind === 'resting') return { kind: 'refused' };
    if (place.kind === 'later') return place;
    let end: VisitEnd = { kind: 'other' };
    try {
      const answer = await withPatience(
        timeoutMs,
        (patience) => this.fetcher.fetch({ ...wanted, signal: patience }),
        signal,
      );
      end = { kind: 'well' };
      return { kind: 'answer', answer };
    } catch (error) {
      if (error instanceof FetchFailed)
        end = visitEnd({ kind: 'failure', fetchUrl: wanted.url, outcome: error.failure });
      throw error;
    } finally {
      await place.leave(end);
    }
  }
}

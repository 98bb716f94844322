import { Injectable } from '@nestjs/common';
import { type Found, PreviewCache } from '#libs/cache';
import { DemandRecorder } from '#libs/demand';
import type { PreviewJobData } from '#libs/jobs';
import {
  type CallerLimits,
  type CanonicalUrl,
  canonicalUrl,
  Clock,
  type Freshness,
  freshness,
  hostOf,
  type PreviewKey,
  previewKey,
  ReadTimedOut,
  StoresUnavailable,
  visitVersion,
} from '#libs/preview';
import { PreviewStoreReader } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { afterScrape } from './after-scrape.js';
import type { PendingAnswer, PreviewAnswer } from './preview-answer.js';
import { readOutcomes } from './read-outcomes.js';
import { ScrapeWaiter } from './scrape-waiter.js';

/** What a caller asks for. */
export interface ReadRequest {
  readonly url: string;
  /** Wants the origin visited now, whatever is there. */
  readonly force: boolean;
  /** Longest wait for a scrape, in ms; undefined: ours, and an error at its end. */
  readonly waitMs: number | undefined;
  readonly limits: CallerLimits;
  /** Where the request comes from: what one caller can add to demand has a limit. */
  readonly caller: string;
}

export interface PreviewReaderOptions {
  /** How long a read waits for a scrape, in ms. */
  readonly waitMs: number;
  /** How long it waits at the most, if the caller says. */
  readonly maxWaitMs: number;
}

/** What a scrape is wanted for: a version beyond the one that was seen, and whether the origin must be visited for it. */
type Wish = Pick<PreviewJobData, 'seenVersion' | 'insist'>;

/** A page, by its name in code and its name on the web. */
interface Page {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
}

/** Journeys 1 and 2 as a reader sees them: every read is counted; fresh is answered, stale is answered and refreshed behind, missing is scraped first. */
@Injectable()
export class PreviewReader {
  constructor(
    private readonly cache: PreviewCache,
    private readonly store: PreviewStoreReader,
    private readonly waiter: ScrapeWaiter,
    private readonly demand: DemandRecorder,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: PreviewReaderOptions,
  ) {}

  /** @throws {InvalidUrl} {ReadTimedOut} {QueueBusy} {StoresUnavailable} */
  async read(request: ReadRequest): Promise<PreviewAnswer | PendingAnswer> {
    const url = canonicalUrl(request.url);
    const page = { key: previewKey(url), url };
    this.demand.record({ key: page.key, host: hostOf(url), caller: request.caller }, this.clock.now());
    try {
      const answer = await this.answer(page, request);
      for (const outcome of readOutcomes(answer, this.clock.now(), request.limits))
        this.demand.answered(outcome);
      return answer;
    } catch (error) {
      this.demand.answered('failed');
      throw error;
    }
  }

  private async answer(page: Page, request: ReadRequest): Promise<PreviewAnswer | PendingAnswer> {
    if (request.force) return this.scrapeThenRead(page, await this.wishFor(page), request);
    const found = await this.reachable(this.cache.find(page.key, this.clock.now(), this.loadFromStore));
    switch (freshness(found?.entry, this.clock.now(), request.limits)) {
      case 'fresh':
        return { ...found!, kind: 'hit' };
      case 'stale':
        this.refreshLater(page, found!);
        return { ...found!, kind: 'hit' };
      case 'missing':
        return this.renewThenRead(page, found, request);
    }
  }

  /** A copy that this caller wants renewed is still better than none, where renewing it fails for reasons of ours. */
  private async renewThenRead(
    page: Page,
    found: Found | undefined,
    request: ReadRequest,
  ): Promise<PreviewAnswer | PendingAnswer> {
    try {
      return await this.scrapeThenRead(page, this.wishBeyond(found), request);
    } catch (error) {
      if (found === undefined || this.isOwn('missing', found)) throw error;
      this.logger.warn('an old copy is served, as it could not be renewed', error);
      return { ...found, kind: 'hit' };
    }
  }

  private refreshLater(page: Page, seen: Found): void {
    this.waiter.refreshLater({ ...page, ...this.wishBeyond(seen) }, (error) =>
      this.logger.warn('a refresh was not queued', error),
    );
  }

  private async scrapeThenRead(
    page: Page,
    wish: Wish,
    request: ReadRequest,
  ): Promise<PreviewAnswer | PendingAnswer> {
    const waitMs = Math.min(request.waitMs ?? this.options.waitMs, this.options.maxWaitMs);
    const until = performance.now() + waitMs;
    for (;;) {
      const { jobId, result } = await this.waiter.scrape({ ...page, ...wish }, until - performance.now());
      // Beyond what the job replaced: of that there may be copies about that were added to after he saw it.
      const found = await this.findBeyond(page, Math.max(wish.seenVersion ?? 0, (result?.version ?? 0) - 1));
      const ending = afterScrape({
        ...wish,
        foundVersion: found && visitVersion(found.entry),
        wasHeard: result !== undefined,
        isTimeLeft: performance.now() < until,
      });
      switch (ending) {
        case 'renewed':
          return { ...found!, kind: kindOf(wish, request) };
        case 'still-fresh':
          return { ...found!, kind: 'hit' };
        case 'ask-again':
          continue;
        case 'too-late':
          if (found !== undefined && !this.isOwn('missing', found)) return { ...found, kind: 'hit' };
          if (request.waitMs !== undefined) return { kind: 'pending', url: page.url, jobId };
          throw new ReadTimedOut(waitMs);
      }
    }
  }

  /** Something newer than a copy that isn't good enough; one that is fresh by its own times is renewed only for who insists. */
  private wishBeyond(found: Found | undefined): Wish {
    return { seenVersion: found?.entry.version ?? null, insist: this.isOwn('fresh', found) };
  }

  /** Something newer than now: newer than whatever is stored. */
  private async wishFor({ key }: Page): Promise<Wish> {
    const stored = await this.reachable(this.store.find(key));
    return { seenVersion: stored?.version ?? null, insist: true };
  }

  private findBeyond({ key }: Page, version: number): Promise<Found | undefined> {
    return this.reachable(this.cache.findNewer(key, version, this.clock.now(), this.loadFromStore));
  }

  private readonly loadFromStore = (key: PreviewKey) => this.store.find(key);

  private async reachable<T>(look: Promise<T>): Promise<T> {
    try {
      return await look;
    } catch (error) {
      throw new StoresUnavailable({ cause: error });
    }
  }

  /** What a copy is by its own times, whatever this caller thinks of it. */
  private isOwn(state: Freshness, found: Found | undefined): boolean {
    return freshness(found?.entry, this.clock.now()) === state;
  }
}

function kindOf({ seenVersion }: Wish, { force }: ReadRequest): PreviewAnswer['kind'] {
  if (force) return 'forced';
  return seenVersion === null ? 'scraped' : 'renewed';
}

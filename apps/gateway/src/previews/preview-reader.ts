import { Injectable } from '@nestjs/common';
import { type Found, PreviewCache } from '#libs/cache';
import {
  type CallerLimits,
  type CanonicalUrl,
  canonicalUrl,
  Clock,
  type Freshness,
  freshness,
  type PreviewEntry,
  type PreviewKey,
  previewKey,
  ReadTimedOut,
  StoresUnavailable,
} from '#libs/preview';
import { PreviewStoreReader } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { ScrapeWaiter } from './scrape-waiter.js';

/** What a caller asks for. */
export interface ReadRequest {
  readonly url: string;
  /** Wants the origin visited now, whatever is there. */
  readonly force: boolean;
  /** Longest wait for a scrape, in ms; undefined: ours, and an error at its end. */
  readonly waitMs: number | undefined;
  readonly limits: CallerLimits;
}

/** A copy to answer with, and how it came about. */
export interface PreviewAnswer extends Found {
  readonly kind: 'hit' | 'scraped' | 'forced';
}

/** The caller's wait is over, the scrape goes on. */
export interface PendingAnswer {
  readonly kind: 'pending';
  readonly url: CanonicalUrl;
  readonly jobId: string;
}

export interface PreviewReaderOptions {
  /** How long a read waits for a scrape, in ms. */
  readonly waitMs: number;
  /** How long it waits at the most, if the caller says. */
  readonly maxWaitMs: number;
}

/** A page, by its name in code and its name on the web. */
interface Page {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
}

/** Journeys 1 and 2 as a reader sees them: fresh is answered, stale is answered and refreshed behind, missing is scraped first. */
@Injectable()
export class PreviewReader {
  constructor(
    private readonly cache: PreviewCache,
    private readonly store: PreviewStoreReader,
    private readonly waiter: ScrapeWaiter,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: PreviewReaderOptions,
  ) {}

  /** @throws {InvalidUrl} {ReadTimedOut} {QueueBusy} {StoresUnavailable} */
  async read(request: ReadRequest): Promise<PreviewAnswer | PendingAnswer> {
    const url = canonicalUrl(request.url);
    const page = { key: previewKey(url), url };
    if (request.force)
      return this.scrapeThenRead(page, (await this.stored(page))?.version ?? null, true, request);
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
      const insist = this.isOwn('fresh', found);
      return await this.scrapeThenRead(page, found?.entry.version ?? null, insist, request);
    } catch (error) {
      if (found === undefined || this.isOwn('missing', found)) throw error;
      this.logger.warn('an old copy is served, as it could not be renewed', error);
      return { ...found, kind: 'hit' };
    }
  }

  private refreshLater(page: Page, seen: Found): void {
    const job = { ...page, seenVersion: seen.entry.version, insist: this.isOwn('fresh', seen) };
    this.waiter.refreshLater(job, (error) => this.logger.warn('a refresh was not queued', error));
  }

  private async scrapeThenRead(
    page: Page,
    seenVersion: number | null,
    insist: boolean,
    request: ReadRequest,
  ): Promise<PreviewAnswer | PendingAnswer> {
    const waitMs = Math.min(request.waitMs ?? this.options.waitMs, this.options.maxWaitMs);
    const until = performance.now() + waitMs;
    const kind = request.force ? 'forced' : 'scraped';
    for (;;) {
      const { jobId, result } = await this.waiter.scrape(
        { ...page, seenVersion, insist },
        until - performance.now(),
      );
      // Whatever became of the job or of the news about it, the cache knows what there is now.
      const found = await this.reachable(
        this.cache.findNewer(page.key, seenVersion ?? 0, this.clock.now(), this.loadFromStore),
      );
      const isNewer = found !== undefined && found.entry.version > (seenVersion ?? 0);
      if (isNewer) return { ...found, kind };
      if (found !== undefined && result !== undefined && !insist) return { ...found, kind: 'hit' }; // by the worker's clock it is fresh
      if (result !== undefined && performance.now() < until) continue; // joined a job that was content with less
      if (found !== undefined && !this.isOwn('missing', found)) return { ...found, kind: 'hit' };
      if (request.waitMs !== undefined) return { kind: 'pending', url: page.url, jobId };
      throw new ReadTimedOut(waitMs);
    }
  }

  private stored({ key }: Page): Promise<PreviewEntry | undefined> {
    return this.reachable(this.store.find(key));
  }

  private readonly loadFromStore = (key: PreviewKey) => this.store.find(key);

  private async reachable<T>(look: Promise<T>): Promise<T> {
    try {
      return await look;
    } catch (error) {
      throw new StoresUnavailable({ cause: error });
    }
  }

  /** What a copy is by its own times: a caller who wants a fresh one renewed insists. */
  private isOwn(state: Freshness, found: Found | undefined): boolean {
    return freshness(found?.entry, this.clock.now()) === state;
  }
}

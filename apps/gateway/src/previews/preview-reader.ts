import { Injectable } from '@nestjs/common';
import { type Found, PreviewCache } from '#libs/cache';
import { DemandRecorder } from '#libs/demand';
import type { PreviewJobData } from '#libs/jobs';
import {
  type CallerLimits,
  Clock,
  type Freshness,
  freshness,
  lacksColors,
  type PreviewKey,
  type Projection,
  ReadTimedOut,
  showsPreview,
  StoresUnavailable,
} from '#libs/preview';
import { PreviewStoreReader } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { afterScrape } from './after-scrape.js';
import type { PendingAnswer, PreviewAnswer } from './preview-answer.js';
import type { Page } from './page.js';
import { readOutcomes } from './read-outcomes.js';
import { ScrapeWaiter } from './scrape-waiter.js';

/** What a caller asks for. */
export interface ReadRequest {
  readonly page: Page;
  /** Wants the origin visited now, whatever is there. */
  readonly force: boolean;
  /** Longest wait for a scrape, in ms; undefined: ours, and an error at its end. */
  readonly waitMs: number | undefined;
  readonly limits: CallerLimits;
  readonly projection: Projection;
  /** Where the request comes from: what one caller can add to demand has a limit. */
  readonly caller: string;
  /** The caller's name, for whoever looks at the jobs that come of it. */
  readonly askedBy: string;
  /** Goes with the jobs that are begun for it, into the logs. */
  readonly requestId?: string;
  /** Aborted when the caller is gone; not given: he is waited for to the end. */
  readonly signal?: AbortSignal;
}

/** What many pages are found in at once. */
export interface Looked {
  readonly found: ReadonlyMap<PreviewKey, Found>;
  /** Why nothing is known of those that weren't found; undefined: they aren't there. */
  readonly failure: StoresUnavailable | undefined;
}

export interface PreviewReaderOptions {
  /** How long a read waits for a scrape, in ms. */
  readonly waitMs: number;
  /** How long it waits at the most, if the caller says. */
  readonly maxWaitMs: number;
}

/** What of a request decides whether a copy is good enough, and for whom it counts. */
type Asking = Pick<ReadRequest, 'limits' | 'projection' | 'caller' | 'askedBy' | 'requestId'>;

/** What a scrape is wanted for: a version beyond the one that was seen, and whether the origin must be visited for it. */
type Wish = Pick<PreviewJobData, 'seenVersion' | 'insist'>;

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

  /** @throws {ReadTimedOut} {QueueBusy} {StoresUnavailable} */
  async read(request: ReadRequest): Promise<PreviewAnswer | PendingAnswer> {
    const { page } = request;
    const atHand = request.force ? undefined : this.readAtHand(page, request, this.clock.now());
    if (atHand !== undefined) return atHand;
    return this.counted(request, () => this.answer(page, request));
  }

  /** Looks for many pages at once, however near they are; what comes of it is for `heldAnswer` and `readFound`. Never throws. */
  async lookFor(pages: Iterable<Page>): Promise<Looked> {
    let failure: StoresUnavailable | undefined;
    const found = await this.cache.findAll(keysOf(pages), this.clock.now(), async (keys) => {
      try {
        return await this.store.findAll(keys);
      } catch (error) {
        failure = new StoresUnavailable({ cause: error });
        return [];
      }
    });
    return { found, failure };
  }

  /**
   * As `read`, for who has looked for the page already, and found nothing that is an answer by itself.
   *
   * @throws as `read`
   */
  readFound(request: ReadRequest, { found, failure }: Looked): Promise<PreviewAnswer | PendingAnswer> {
    return this.counted(request, async () => {
      const own = found.get(request.page.key);
      if (own === undefined && failure !== undefined) throw failure;
      return this.answerFrom(request.page, own, request);
    });
  }

  private async counted(
    request: ReadRequest,
    work: () => Promise<PreviewAnswer | PendingAnswer>,
  ): Promise<PreviewAnswer | PendingAnswer> {
    this.count(request.page, request.caller, this.clock.now());
    try {
      const answer = await work();
      for (const outcome of readOutcomes(answer, this.clock.now(), request.limits))
        this.demand.answered(outcome);
      return answer;
    } catch (error) {
      this.demand.answered('failed');
      throw error;
    }
  }

  /**
   * Journey 1 where it is shortest: a preview in memory that this caller takes, with all that he wants to see. A stale one is refreshed behind.
   *
   * @param now ms since the epoch
   * @returns undefined for anything else; nothing has been counted then, and `read` is the way
   */
  readAtHand(page: Page, request: Asking, now: number): PreviewAnswer | undefined {
    const found = this.cache.findInMemory(page.key);
    return found && this.heldAnswer(page, found, request, now);
  }

  /**
   * The same after a look at the lower tiers, where memory has nothing.
   *
   * @returns as `readAtHand`
   * @throws what the store throws
   */
  async readBelow(page: Page, request: Asking): Promise<PreviewAnswer | undefined> {
    const found = await this.cache.find(page.key, this.clock.now(), this.loadFromStore);
    return found && this.heldAnswer(page, found, request, this.clock.now());
  }

  /** Whether memory has a copy, of any age: then there is no need to look further. */
  holds({ key }: Page): boolean {
    return this.cache.findInMemory(key) !== undefined;
  }

  /** The answer that a copy is by itself, if it is one: as `readAtHand`, where it has been found already. */
  heldAnswer(page: Page, found: Found, asking: Asking, now: number): PreviewAnswer | undefined {
    const { limits, projection, caller } = asking;
    const { copy, tier } = found;
    if (!showsPreview(copy, now) || lacksColors(copy, projection)) return undefined;
    const state = freshness(copy, now, limits);
    if (state === 'missing') return undefined;
    if (state === 'stale') this.refreshLater(page, found, asking);
    this.count(page, caller, now);
    const answer = { copy, tier, kind: 'hit' } as const;
    for (const outcome of readOutcomes(answer, now, limits)) this.demand.answered(outcome);
    return answer;
  }

  private count({ key, host }: Page, caller: string, now: number): void {
    this.demand.record({ key, host, caller }, now);
  }

  private async answer(page: Page, request: ReadRequest): Promise<PreviewAnswer | PendingAnswer> {
    if (request.force) return this.scrapeThenRead(page, await this.wishFor(page), request);
    const found = await this.reachable(this.cache.find(page.key, this.clock.now(), this.loadFromStore));
    return this.answerFrom(page, found, request);
  }

  private async answerFrom(
    page: Page,
    found: Found | undefined,
    request: ReadRequest,
  ): Promise<PreviewAnswer | PendingAnswer> {
    switch (freshness(found?.copy, this.clock.now(), request.limits)) {
      case 'fresh':
        return { ...found!, kind: 'hit' };
      case 'stale':
        this.refreshLater(page, found!, request);
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
      this.logger.warn('an old copy is served, as it could not be renewed', {
        requestId: request.requestId,
        err: error,
      });
      return { ...found, kind: 'hit' };
    }
  }

  private refreshLater(page: Page, seen: Found, asking: Asking): void {
    this.waiter.refreshLater(jobFor(page, this.wishBeyond(seen), asking), (error) =>
      this.logger.warn('a refresh was not queued', { requestId: asking.requestId, err: error }),
    );
  }

  private async scrapeThenRead(
    page: Page,
    wish: Wish,
    request: ReadRequest,
  ): Promise<PreviewAnswer | PendingAnswer> {
    const { url } = page;
    const data = jobFor(page, wish, request);
    const waitMs = Math.min(request.waitMs ?? this.options.waitMs, this.options.maxWaitMs);
    const until = performance.now() + waitMs;
    for (;;) {
      const { jobId, result } = await this.waiter.scrape(data, until - performance.now(), request.signal);
      request.signal?.throwIfAborted(); // nobody is there to look for anything
      // Beyond what the job replaced: of that there may be copies about that were added to after he saw it.
      const found = await this.findBeyond(page, Math.max(wish.seenVersion ?? 0, (result?.version ?? 0) - 1));
      const ending = afterScrape({
        ...wish,
        foundVersion: found?.copy.visit,
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
          if (request.waitMs !== undefined) return { kind: 'pending', url, jobId };
          throw new ReadTimedOut(waitMs);
      }
    }
  }

  /** Something newer than a copy that isn't good enough; one that is fresh by its own times is renewed only for who insists. */
  private wishBeyond(found: Found | undefined): Wish {
    return { seenVersion: found?.copy.version ?? null, insist: this.isOwn('fresh', found) };
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
    return freshness(found?.copy, this.clock.now()) === state;
  }
}

function* keysOf(pages: Iterable<Page>): Generator<PreviewKey> {
  for (const { key } of pages) yield key;
}

function jobFor(
  { key, url }: Page,
  wish: Wish,
  { askedBy, requestId }: Pick<Asking, 'askedBy' | 'requestId'>,
) {
  return { key, url, ...wish, askedBy, ...(requestId !== undefined && { requestId }) };
}

function kindOf({ seenVersion }: Wish, { force }: ReadRequest): PreviewAnswer['kind'] {
  if (force) return 'forced';
  return seenVersion === null ? 'scraped' : 'renewed';
}

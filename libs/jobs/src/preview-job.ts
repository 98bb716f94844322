import type { JobsOptions } from 'bullmq';
import type { CanonicalUrl, OriginErrorCode, PreviewKey, VisitReason } from '#libs/preview';

/** The one queue that scrapes wait in. */
export const PREVIEW_QUEUE = 'previews';

/** What may be asked of a worker. */
export type PreviewJobName = VisitReason;

/** Identifiers only: the page never travels through the queue. */
export interface PreviewJobData {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
  /**
   * The version that the asker saw (`null`: none). A worker that finds a newer one stored has nothing left to do:
   * somebody else's scrape ended between the asker's look and his asking.
   */
  readonly seenVersion: number | null;
  /** Set where the asker wants the origin visited although the stored copy is fresh. */
  readonly insist: boolean;
  /** Set where a copy is left alone only if it is still fresh at a later time, in ms since the epoch. */
  readonly freshAt?: number;
  /** The request that it was asked for first, for who looks into the logs. */
  readonly requestId?: string;
  /** Set on a warm or a refresh that a person asked for: it is no forecast, and in no budget. */
  readonly ordered?: true;
  /** Names that the copy can be purged and refreshed by, beside those that it has. Of a job that was joined they are lost: who orders them looks for himself. */
  readonly tags?: readonly string[];
  /** Who asked first, for whoever looks at the queue: a key by its name, a token by its variable, `anonymous`, or `forecast`. Never a secret or an address. */
  readonly askedBy?: string;
}

/** How a job ended, for whoever looks at the queue; readers take the preview from the cache. */
export interface PreviewJobResult {
  readonly outcome: 'success' | OriginErrorCode;
  readonly reason: string | null;
  readonly version: number;
  /**
   * `not-modified`: the origin said so (304). `already-stored`: there was no need to visit it. `backed-off`: it had asked to be left alone, and was.
   * `disallowed`: robots.txt is against a visit; what is stored stays as it is, and `version` is 0 where nothing is.
   */
  readonly work: 'scraped' | 'not-modified' | 'already-stored' | 'backed-off' | 'disallowed';
}

/** Smaller is sooner. Someone waits for a scrape, nobody for a refresh, and a warm may come to nothing. */
export const PRIORITY: Readonly<Record<PreviewJobName, number>> = { scrape: 1, refresh: 5, warm: 10 };

/** Whether someone waits for a job, whatever it was begun for: a reader who joins a refresh gives it his priority. */
export function isAwaited({ priority }: { readonly priority: number }): boolean {
  return priority <= PRIORITY.scrape;
}

/** Longest pause between two attempts at a job that failed for our own faults, in ms. */
const LONGEST_PAUSE_MS = 15_000;

/** The pause before attempt `attemptsMade + 1`, in ms: doubling, with a bound, as an outage of ours can last. */
export function retryPauseMs(attemptsMade: number): number {
  return Math.min(500 * 2 ** (attemptsMade - 1), LONGEST_PAUSE_MS);
}

/**
 * How a job of a key is queued. While one is waiting or running, adding another joins it. An origin's failure is a result; attempts are for
 * faults of our own (Postgres away), and 50 of them outlast ten minutes.
 */
export function jobOptions(name: PreviewJobName, key: PreviewKey): JobsOptions {
  return {
    priority: PRIORITY[name],
    deduplication: { id: key },
    attempts: 50,
    backoff: { type: 'custom' },
    // Who was told of a job asks after it every few seconds, and must find its end. A fleet that ends a hundred a second leaves him 100 s;
    // so many take some 18 MB of the queue's Redis.
    removeOnComplete: { age: 3_600, count: 10_000 },
    removeOnFail: { age: 86_400, count: 5_000 },
  };
}

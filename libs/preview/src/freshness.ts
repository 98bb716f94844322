import type { PreviewEntry, ScrapeFailure } from './preview-entry.js';

/**
 * *fresh* is served as it is. *stale* is served at once and refreshed in the background (RFC 5861). *missing* has to be scraped first.
 */
export type Freshness = 'fresh' | 'stale' | 'missing';

/** What one caller accepts, whatever the entry's own times say. Nothing of it is stored. */
export interface CallerLimits {
  /** A preview older than this (ms) is refreshed before the answer. */
  readonly ttlMs?: number | undefined;
  /** One older than this (ms) is served and refreshed in the background; `0`: always serve what is there, and always refresh. */
  readonly staleTtlMs?: number | undefined;
}

/** What decides about a copy: of its preview only whether there is one. */
export interface Standing extends Pick<PreviewEntry, 'fetchedAt' | 'freshUntil' | 'staleUntil'> {
  readonly preview: object | true | null;
  readonly outcome: ScrapeFailure | { readonly kind: 'success' };
}

/** Statuses after which the page is known to be gone. */
const GONE = new Set([404, 410, 451]);

/** Whether an origin says that its page is gone: an old copy of it is no longer served, then or later. */
export function isGone({ statusCode }: ScrapeFailure): boolean {
  return GONE.has(statusCode ?? 0);
}

/** What an entry is good for at `now` (ms since the epoch), for a caller with these limits. */
export function freshness(entry: Standing | undefined, now: number, limits: CallerLimits = {}): Freshness {
  if (entry === undefined) return 'missing';
  const own = ownFreshness(entry, now);
  if (!showsPreview(entry, now)) return own;
  if (isResting(entry, now)) return own; // insisting would only repeat the failure, and make its pause longer
  const age = ageMs(entry, now);
  if (limits.ttlMs !== undefined && age > limits.ttlMs) return 'missing';
  if (limits.staleTtlMs !== undefined && age >= limits.staleTtlMs) return 'stale';
  return own;
}

/** Whether a reader is shown the preview, rather than how its scrape failed. */
export function showsPreview({ preview, outcome, staleUntil }: Standing, now: number): boolean {
  if (preview === null) return false;
  if (outcome.kind === 'success') return true;
  return !isGone(outcome) && now < staleUntil;
}

/** How old the preview is at `now`, in ms; never negative, whatever two clocks think of each other. */
export function ageMs(entry: Pick<Standing, 'fetchedAt'>, now: number): number {
  return Math.max(0, now - entry.fetchedAt);
}

/** For how long (ms, never below 0) an entry may still be kept in a cache at `now`. */
export function remainingLifetimeMs(entry: Pick<Standing, 'freshUntil' | 'staleUntil'>, now: number): number {
  return Math.max(0, Math.floor(Math.max(entry.freshUntil, entry.staleUntil) - now));
}

function ownFreshness(entry: Standing, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.staleUntil && showsPreview(entry, now) ? 'stale' : 'missing';
}

/** The origin failed a moment ago and is left alone. */
function isResting({ outcome, freshUntil }: Standing, now: number): boolean {
  return outcome.kind === 'failure' && now < freshUntil;
}

/** How failures are cached, in ms. */
export interface FailurePauses {
  /** First pause after a failure that may well pass (unreachable, slow, 5xx, 429); it doubles up to `transientMaxMs`. */
  readonly transientMs: number;
  readonly transientMaxMs: number;
  /** Pause after one that will last (gone, refused, no page); from the third on `lastingMaxMs`. */
  readonly lastingMs: number;
  readonly lastingMaxMs: number;
}

/** Longest pause that an origin may ask for (Retry-After), in ms: a day. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/** How long (ms) an origin is left alone after its `count`-th failure in a row. What the origin asked for wins. */
export function failurePauseMs(failure: ScrapeFailure, count: number, pauses: FailurePauses): number {
  if (failure.retryAfterMs !== null) {
    return Math.min(Math.max(failure.retryAfterMs, pauses.transientMs), LONGEST_RETRY_AFTER_MS);
  }
  // Refused by us: that costs the origin little, and what is allowed may be another thing in a moment.
  if (failure.code === 'EFORBIDDENURL') return pauses.transientMs;
  if (isTransient(failure)) {
    return Math.min(pauses.transientMs * 2 ** Math.min(count - 1, 30), pauses.transientMaxMs);
  }
  return count < 3 ? pauses.lastingMs : pauses.lastingMaxMs;
}

function isTransient({ code, statusCode }: ScrapeFailure): boolean {
  if (code === 'EUNREACHABLE' || code === 'EORIGINTIMEOUT') return true;
  return statusCode === 429 || (statusCode ?? 0) >= 500;
}

import type { PreviewEntry, ScrapeOutcome } from './preview-entry.js';

/** *fresh* may be served as it is; *missing* has to be scraped first. */
export type Freshness = 'fresh' | 'missing';

/** Whether an entry may answer a read at `now` (ms since the epoch). */
export function freshness(entry: PreviewEntry | undefined, now: number): Freshness {
  return entry !== undefined && now < entry.freshUntil ? 'fresh' : 'missing';
}

/** For how long (ms, never below 0) an entry may still be kept in a cache at `now`. */
export function remainingLifetimeMs(entry: PreviewEntry, now: number): number {
  return Math.max(0, Math.floor(entry.staleUntil - now));
}

/** Lifetimes by the way a scrape ended, in ms. */
export interface Lifetimes {
  readonly successMs: number;
  /** The origin may well recover: unreachable, slow, 5xx, 429. */
  readonly transientFailureMs: number;
  /** The origin has spoken: gone, refused, not a page. */
  readonly lastingFailureMs: number;
}

/** How long (ms) what a scrape found may be served without asking the origin again. */
export function lifetimeMs(outcome: ScrapeOutcome, lifetimes: Lifetimes): number {
  if (outcome.kind === 'success') return lifetimes.successMs;
  return isTransient(outcome) ? lifetimes.transientFailureMs : lifetimes.lastingFailureMs;
}

function isTransient(failure: { code: string; statusCode: number | null }): boolean {
  if (failure.code === 'EUNREACHABLE' || failure.code === 'EORIGINTIMEOUT') return true;
  return failure.statusCode === 429 || (failure.statusCode ?? 0) >= 500;
}

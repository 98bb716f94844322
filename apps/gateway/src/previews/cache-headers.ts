import { ageMs, type CallerLimits, freshness, hostOf, type PreviewEntry } from '#libs/preview';
import { isWarmed, type PreviewAnswer } from './preview-answer.js';

export interface CacheHeaderOptions {
  /** Whether anyone may read: else a cache in front must not hand a key holder's answer to strangers. */
  readonly isPublic: boolean;
  /** Longest time that a cache in front may answer by itself, in ms: it hides demand from the forecast. */
  readonly sharedMaxAgeMs: number;
  /** How long such a cache may go on with an old copy when we fail, in ms. */
  readonly staleIfErrorMs: number;
}

/** Injection token: an interface has none of its own. */
export const CACHE_HEADER_OPTIONS = Symbol('CacheHeaderOptions');

/**
 * The headers that say what happened to a read, and what a cache in front may do with it: Cache-Status (RFC 9211), Age and Cache-Control
 * (RFC 9111), stale-while-revalidate and stale-if-error (RFC 5861), and Microlink's own.
 *
 * @param isPassing whether there is about to be a better answer: then no cache in front should hand out this one for its minute
 */
export function cacheHeaders(
  answer: PreviewAnswer,
  now: number,
  limits: CallerLimits,
  options: CacheHeaderOptions,
  isPassing = false,
): Record<string, string> {
  const { entry } = answer;
  return {
    ...whatHappened(answer, now),
    ...(answer.kind === 'forced' || isPassing
      ? { 'cache-control': 'no-store' }
      : whatIsAllowed(entry, now, limits, options)),
    age: String(seconds(ageMs(entry, now))),
    vary: 'Accept-Encoding',
  };
}

function whatHappened(answer: PreviewAnswer, now: number): Record<string, string> {
  const { entry, tier, kind } = answer;
  const ttlMs = entry.freshUntil - now;
  const ttl = `ttl=${Math.floor(ttlMs / 1000)}`; // negative: served stale
  const cameFrom = {
    hit: `hit; ${ttl}; detail=${isWarmed(answer, now) ? 'warmed' : tier}`,
    scraped: `fwd=miss; stored; ${ttl}; detail=${tier}`,
    renewed: `fwd=stale; stored; ${ttl}; detail=${tier}`,
    forced: `fwd=request; stored; ${ttl}; detail=${tier}`,
  };
  return {
    'cache-status': `warmlink; ${cameFrom[kind]}`,
    'x-cache-status': { hit: 'HIT', scraped: 'MISS', renewed: 'MISS', forced: 'BYPASS' }[kind],
    'x-cache-ttl': String(Math.max(0, ttlMs)),
    'x-fetch-mode': 'fetch', // no page is ever rendered by a browser
  };
}

function whatIsAllowed(
  entry: PreviewEntry,
  now: number,
  limits: CallerLimits,
  options: CacheHeaderOptions,
): Record<string, string> {
  const ageS = seconds(ageMs(entry, now));
  const freshMs = freshForMs(entry, now, limits, options);
  const freshS = seconds(freshMs);
  // A cache takes the Age off: what it may use is what lies beyond. An answer that is stale already gets 0 and not the Age, which nginx doesn't take
  // off: by a 304 it would keep a stale copy for as long as that again. The Age then goes to the times that count from the end of freshness.
  const maxAge = freshS > 0 ? ageS + freshS : 0;
  const overdueS = freshS > 0 ? 0 : ageS;
  const graceS = seconds(graceMs(entry, now, limits, freshMs));
  const revalidate = graceS > 0 ? overdueS + graceS : 0;
  const ifError = overdueS + seconds(options.staleIfErrorMs);
  const stale = `stale-while-revalidate=${revalidate}, stale-if-error=${ifError}`;
  if (!options.isPublic) return { 'cache-control': `private, max-age=${maxAge}, ${stale}` };
  return {
    'cache-control': `public, max-age=${maxAge}, s-maxage=${maxAge}, ${stale}`,
    'x-accel-expires': String(freshS), // nginx counts from when it got the answer, and not from its Age
    ...tags(entry),
  };
}

/** For how long a cache in front may answer without asking us: no longer than this caller himself would take it for fresh. */
function freshForMs(
  entry: PreviewEntry,
  now: number,
  { ttlMs, staleTtlMs }: CallerLimits,
  options: CacheHeaderOptions,
): number {
  if (freshness(entry, now, { ttlMs, staleTtlMs }) !== 'fresh') return 0;
  const age = ageMs(entry, now);
  const bounds = [
    Math.min(entry.freshUntil, entry.staleUntil) - now, // a failure may rest for longer than the old copy stands in for it
    options.sharedMaxAgeMs,
    (ttlMs ?? Infinity) - age,
    (staleTtlMs ?? Infinity) - age,
  ];
  return Math.max(0, Math.min(...bounds));
}

/** For how long after that it may go on with its copy while it asks us: our own grace, and never with one that this caller has refreshed first. */
function graceMs(entry: PreviewEntry, now: number, { ttlMs }: CallerLimits, freshMs: number): number {
  const own = entry.staleUntil - Math.max(now, entry.freshUntil);
  const callers = (ttlMs ?? Infinity) - ageMs(entry, now) - freshMs;
  return Math.max(0, Math.min(own, callers));
}

/** Names by which a purge reaches the copies of a cache in front. */
function tags({ key, url, tags: own }: PreviewEntry): Record<string, string> {
  const names = [`key-${key}`, `host-${hostOf(url)}`, ...own.map((tag) => `tag-${encodeURIComponent(tag)}`)];
  return { 'cache-tag': names.join(','), 'surrogate-key': names.join(' ') };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

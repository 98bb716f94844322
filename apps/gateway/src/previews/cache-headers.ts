import { ageMs, type CallerLimits, freshness, hostOf, type PreviewCopy, type Standing } from '#libs/preview';
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

/** A header that changes with every ms; the others count seconds. */
export const CACHE_TTL = 'x-cache-ttl';

/** How long a copy stays fresh, in ms. */
export function cacheTtl({ freshUntil }: Pick<Standing, 'freshUntil'>, now: number): string {
  return String(Math.max(0, freshUntil - now));
}

/**
 * Until when (ms since the epoch, itself excluded) the headers of a hit say what they say at `now` to callers without limits, but for `x-cache-ttl`: until one of
 * the times that they count from has moved by a whole second.
 */
export function sameUntil({ fetchedAt, freshUntil, staleUntil }: Standing, now: number): number {
  const nextOf = (moment: number) => moment - 1_000 * Math.floor((moment - now) / 1_000);
  const older = nextOf(fetchedAt);
  return Math.min(older === now ? now + 1_000 : older, nextOf(freshUntil), nextOf(staleUntil));
}

/** Where an answer came from, in Microlink's words. */
export function cacheStatus({ kind }: Pick<PreviewAnswer, 'kind'>): 'HIT' | 'MISS' | 'BYPASS' {
  return ({ hit: 'HIT', scraped: 'MISS', renewed: 'MISS', forced: 'BYPASS' } as const)[kind];
}

/**
 * What happened to a read, and the names by which a purge reaches its copies: the headers that stay as they are for as long as an entry is held. Cache-Status
 * and the like are in `movingHeaders`; these are Microlink's own, and what caches in front go by.
 */
export function fixedHeaders(
  answer: PreviewAnswer,
  { isPublic }: CacheHeaderOptions,
): Record<string, string> {
  const { copy } = answer;
  return {
    'x-cache-status': cacheStatus(answer),
    'x-fetch-mode': 'fetch', // no page is ever rendered by a browser
    ...(isPublic && mayBeHeld(answer) && tags(copy)),
    vary: 'Accept-Encoding',
  };
}

/**
 * The headers that count seconds (see `sameUntil`): what happened to a read, and what a cache in front may do with it. Cache-Status (RFC 9211), Age and Cache-Control
 * (RFC 9111), stale-while-revalidate and stale-if-error (RFC 5861).
 */
export function movingHeaders(
  answer: PreviewAnswer,
  now: number,
  limits: CallerLimits,
  options: CacheHeaderOptions,
): Record<string, string> {
  const { copy } = answer;
  return {
    'cache-status': `warmlink; ${cameFrom(answer, now)}`,
    ...(mayBeHeld(answer) ? whatIsAllowed(copy, now, limits, options) : { 'cache-control': 'no-store' }),
    age: String(seconds(ageMs(copy, now))),
  };
}

/** Whether a cache in front may hand this answer to others: not one that somebody forced, nor one that a better one is about to follow. */
function mayBeHeld({ kind, isPassing }: PreviewAnswer): boolean {
  return kind !== 'forced' && isPassing !== true;
}

function cameFrom(answer: PreviewAnswer, now: number): string {
  const { copy, tier, kind } = answer;
  const ttl = `ttl=${seconds(copy.freshUntil - now)}`; // negative: served stale
  switch (kind) {
    case 'hit':
      return `hit; ${ttl}; detail=${isWarmed(answer, now) ? 'warmed' : tier}`;
    case 'scraped':
      return `fwd=miss; stored; ${ttl}; detail=${tier}`;
    case 'renewed':
      return `fwd=stale; stored; ${ttl}; detail=${tier}`;
    case 'forced':
      return `fwd=request; stored; ${ttl}; detail=${tier}`;
  }
}

function whatIsAllowed(
  copy: PreviewCopy,
  now: number,
  limits: CallerLimits,
  options: CacheHeaderOptions,
): Record<string, string> {
  const ageS = seconds(ageMs(copy, now));
  const freshMs = freshForMs(copy, now, limits, options);
  const freshS = seconds(freshMs);
  // A cache takes the Age off: what it may use is what lies beyond. An answer that is stale already gets 0 and not the Age, which nginx doesn't take
  // off: by a 304 it would keep a stale copy for as long as that again. The Age then goes to the times that count from the end of freshness.
  const maxAge = freshS > 0 ? ageS + freshS : 0;
  const overdueS = freshS > 0 ? 0 : ageS;
  const graceS = seconds(graceMs(copy, now, limits, freshMs));
  const revalidate = graceS > 0 ? overdueS + graceS : 0;
  const ifError = overdueS + seconds(options.staleIfErrorMs);
  const stale = `stale-while-revalidate=${revalidate}, stale-if-error=${ifError}`;
  if (!options.isPublic) return { 'cache-control': `private, max-age=${maxAge}, ${stale}` };
  return {
    'cache-control': `public, max-age=${maxAge}, s-maxage=${maxAge}, ${stale}`,
    'x-accel-expires': String(freshS), // nginx counts from when it got the answer, and not from its Age
  };
}

/** For how long a cache in front may answer without asking us: no longer than this caller himself would take it for fresh. */
function freshForMs(
  copy: PreviewCopy,
  now: number,
  { ttlMs, staleTtlMs }: CallerLimits,
  options: CacheHeaderOptions,
): number {
  if (freshness(copy, now, { ttlMs, staleTtlMs }) !== 'fresh') return 0;
  const age = ageMs(copy, now);
  const bounds = [
    Math.min(copy.freshUntil, copy.staleUntil) - now, // a failure may rest for longer than the old copy stands in for it
    options.sharedMaxAgeMs,
    (ttlMs ?? Infinity) - age,
    (staleTtlMs ?? Infinity) - age,
  ];
  return Math.max(0, Math.min(...bounds));
}

/** For how long after that it may go on with its copy while it asks us: our own grace, and never with one that this caller has refreshed first. */
function graceMs(copy: PreviewCopy, now: number, { ttlMs }: CallerLimits, freshMs: number): number {
  const own = copy.staleUntil - Math.max(now, copy.freshUntil);
  const callers = (ttlMs ?? Infinity) - ageMs(copy, now) - freshMs;
  return Math.max(0, Math.min(own, callers));
}

/** Names by which a purge reaches the copies of a cache in front. */
function tags({ key, url, tags: own }: PreviewCopy): Record<string, string> {
  const names = [`key-${key}`, `host-${hostOf(url)}`, ...own.map((tag) => `tag-${encodeURIComponent(tag)}`)];
  return { 'cache-tag': names.join(','), 'surrogate-key': names.join(' ') };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import CachePolicy from 'http-cache-semantics';
import { aFailure, anEntry } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import {
  ageMs,
  type CallerLimits,
  freshness,
  PreviewCopy,
  type PreviewEntry,
  showsPreview,
} from '#libs/preview';
import {
  type CacheHeaderOptions,
  cacheTtl,
  CACHE_TTL,
  fixedHeaders,
  movingHeaders,
  sameUntil,
} from './cache-headers.js';
import type { PreviewAnswer } from './preview-answer.js';

const NOW = 1_800_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const OPEN: CacheHeaderOptions = { isPublic: true, sharedMaxAgeMs: MINUTE, staleIfErrorMs: 24 * HOUR };

/** All of them, as a response has them. */
const cacheHeaders = (
  answer: PreviewAnswer,
  now: number,
  limits: CallerLimits,
  options: CacheHeaderOptions,
): Record<string, string> => ({
  ...movingHeaders(answer, now, limits, options),
  ...fixedHeaders(answer, options),
  [CACHE_TTL]: cacheTtl(answer.copy, now),
});

const hit = (entry: PreviewEntry): PreviewAnswer => ({
  copy: PreviewCopy.of(entry),
  tier: 'L1',
  kind: 'hit',
});

describe('the headers of a read', () => {
  const entry = anEntry({
    fetchedAt: NOW - 10 * MINUTE,
    freshUntil: NOW + HOUR,
    staleUntil: NOW + 3 * HOUR,
    tags: ['spring sale'],
  });

  test.each([
    ['hit', 'L2', 'warmlink; hit; ttl=3600; detail=L2', 'HIT'],
    ['scraped', 'L2', 'warmlink; fwd=miss; stored; ttl=3600; detail=L2', 'MISS'],
    ['forced', 'L3', 'warmlink; fwd=request; stored; ttl=3600; detail=L3', 'BYPASS'],
  ] as const)('%s by %s says so', (kind, tier, cacheStatus, xCacheStatus) => {
    expect(cacheHeaders({ ...hit(entry), tier, kind }, NOW, {}, OPEN)).toMatchObject({
      'cache-status': cacheStatus,
      'x-cache-status': xCacheStatus,
      'x-cache-ttl': '3600000',
      'x-fetch-mode': 'fetch',
      age: '600',
      vary: 'Accept-Encoding',
    });
  });

  test('a stale copy has a life below zero in the standard header, and none in the other', () => {
    expect(cacheHeaders(hit(entry), NOW + HOUR + 90 * SECOND, {}, OPEN)).toMatchObject({
      'cache-status': 'warmlink; hit; ttl=-90; detail=L1',
      'x-cache-ttl': '0',
    });
  });

  test('a cache in front is told how long, how long beyond, and the names to purge by', () => {
    expect(cacheHeaders(hit(entry), NOW, {}, OPEN)).toMatchObject({
      'cache-control': 'public, max-age=660, s-maxage=660, stale-while-revalidate=7200, stale-if-error=86400',
      'x-accel-expires': '60',
      'cache-tag': `key-${entry.key},host-example.com,tag-spring%20sale`,
      'surrogate-key': `key-${entry.key} host-example.com tag-spring%20sale`,
    });
  });

  test('where keys are required it is told nothing but that the answer is private', () => {
    const headers = cacheHeaders(hit(entry), NOW, {}, { ...OPEN, isPublic: false });
    expect(headers['cache-control']).toMatch(/^private, max-age=660, /);
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-accel-expires']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['cache-tag']));
  });

  test.each([{ kind: 'forced' as const }, { isPassing: true as const }])(
    'no cache in front keeps one that is %j',
    (given) => {
      const headers = cacheHeaders({ ...hit(entry), ...given }, NOW, {}, OPEN);
      expect(headers).toMatchObject({ 'cache-control': 'no-store' });
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-accel-expires']));
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['cache-tag']));
    },
  );

  test('the age is never below zero, whatever two clocks think of each other', () => {
    const young = anEntry({ fetchedAt: NOW + MINUTE, freshUntil: NOW + HOUR, staleUntil: NOW + HOUR });
    expect(cacheHeaders(hit(young), NOW, {}, OPEN)).toMatchObject({ age: '0' });
  });
});

/** What a cache that keeps our answer does with the next request for it. */
type Reuse = 'from the cache' | 'from the cache, asking behind' | 'after asking';

/** An independent cache (npm's http-cache-semantics) that was given our answer at NOW. */
class CacheInFront {
  private readonly clock = new ManualClock(NOW);
  private readonly policy: CachePolicy;

  constructor(headers: Record<string, string>, shared: boolean) {
    const { clock } = this;
    class Policy extends CachePolicy {
      now(): number {
        return clock.now();
      }
    }
    this.policy = new Policy({ headers: {} }, { status: 200, headers }, { shared });
  }

  get keepsIt(): boolean {
    return this.policy.storable();
  }

  get freshForS(): number {
    return Math.max(0, this.policy.maxAge() - this.policy.age());
  }

  reuseAfter(ms: number): Reuse {
    this.clock.advance(ms);
    const { response, revalidation } = this.policy.evaluateRequest({ headers: {} });
    if (response === undefined) return 'after asking';
    return revalidation === undefined ? 'from the cache' : 'from the cache, asking behind';
  }
}

/** A read that showed a preview at NOW, and a moment afterwards. */
interface Case {
  readonly entry: PreviewEntry;
  readonly limits: CallerLimits;
  readonly options: CacheHeaderOptions;
  readonly laterMs: number;
}

const within = (minMs: number, maxMs: number) => fc.integer({ min: minMs, max: maxMs });
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const entries = fc
  .record({
    age: within(-MINUTE, 3 * HOUR), // a worker's clock may be ahead of ours
    life: within(0, 4 * HOUR),
    grace: within(0, 2 * HOUR),
    failedUntil: sometimes(within(-MINUTE, HOUR)),
  })
  .map(({ age, life, grace, failedUntil }) => {
    const fetchedAt = NOW - age;
    const staleUntil = fetchedAt + life + grace;
    return failedUntil === undefined
      ? anEntry({ fetchedAt, freshUntil: fetchedAt + life, staleUntil })
      : anEntry({ fetchedAt, freshUntil: NOW + failedUntil, staleUntil, outcome: aFailure() });
  })
  .filter((entry) => showsPreview(entry, NOW));

const callers = fc
  .record({ ttlMs: sometimes(within(MINUTE, 4 * HOUR)), staleTtlMs: sometimes(within(0, 4 * HOUR)) })
  .filter(({ ttlMs, staleTtlMs }) => (staleTtlMs ?? 0) <= (ttlMs ?? Infinity));

const cases: fc.Arbitrary<Case> = fc.record({
  entry: entries,
  limits: callers,
  options: fc.record({
    isPublic: fc.boolean(),
    sharedMaxAgeMs: fc.oneof(within(0, 10 * MINUTE), within(0, 8 * HOUR)),
    staleIfErrorMs: within(0, 24 * HOUR),
  }),
  laterMs: within(0, 5 * HOUR),
});

describe('a cache in front agrees with our own freshness', () => {
  const inFront = ({ entry, limits, options }: Case, shared: boolean) =>
    new CacheInFront(cacheHeaders(hit(entry), NOW, limits, options), shared);

  /** Every case, for every cache that may keep the answer. */
  const everyCache = (check: (cache: CacheInFront, given: Case) => void) => {
    const run = (given: Case, shared: boolean) => {
      fc.pre(!shared || given.options.isPublic);
      check(inFront(given, shared), given);
    };
    fc.assert(fc.property(cases, fc.boolean(), run), { numRuns: 1_000 });
  };

  test('a private answer is kept by its reader alone, a public one by all', () => {
    fc.assert(
      fc.property(cases, (given) => {
        expect(inFront(given, false).keepsIt).toBe(true);
        expect(inFront(given, true).keepsIt).toBe(given.options.isPublic);
      }),
    );
  });

  test('an answer that was forced is kept by nobody', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ entry, limits, options }, shared) => {
        const headers = cacheHeaders({ ...hit(entry), kind: 'forced' }, NOW, limits, options);
        expect(new CacheInFront(headers, shared).keepsIt).toBe(false);
      }),
    );
  });

  test('it is fresh there for what remains of its life, our bound and the caller’s limits', () => {
    everyCache((cache, { entry, limits, options }) => {
      const age = ageMs(entry, NOW);
      const bounds = [
        entry.freshUntil - NOW,
        entry.staleUntil - NOW,
        options.sharedMaxAgeMs,
        (limits.ttlMs ?? Infinity) - age,
        (limits.staleTtlMs ?? Infinity) - age,
      ];
      const freshMs = freshness(entry, NOW, limits) === 'fresh' ? Math.max(0, Math.min(...bounds)) : 0;
      expect(cache.freshForS).toBe(Math.floor(freshMs / SECOND));
    });
  });

  test('it never answers by itself when we would have refreshed, nor asks behind when we would have asked before', () => {
    const allowed: Record<ReturnType<typeof freshness>, readonly Reuse[]> = {
      fresh: ['from the cache', 'from the cache, asking behind', 'after asking'],
      stale: ['from the cache, asking behind', 'after asking'],
      missing: ['after asking'],
    };
    everyCache((cache, { entry, limits, laterMs }) => {
      const then = NOW + laterMs;
      const ours = showsPreview(entry, then) ? freshness(entry, then, limits) : 'missing';
      expect(allowed[ours]).toContain(cache.reuseAfter(laterMs));
    });
  });

  test('it answers from its copy and asks behind for as long as our own grace is', () => {
    everyCache((cache, { entry, limits }) => {
      fc.pre(limits.ttlMs === undefined);
      const graceS = Math.floor((entry.staleUntil - Math.max(NOW, entry.freshUntil)) / SECOND);
      fc.pre(graceS > 0);
      const { freshForS } = cache;
      expect(cache.reuseAfter(freshForS * SECOND)).toBe('from the cache, asking behind');
      expect(cache.reuseAfter((graceS - 1) * SECOND)).toBe('from the cache, asking behind');
      expect(cache.reuseAfter(SECOND)).toBe('after asking');
    });
  });
});

test('what counts seconds stays the same until it is said to change', () => {
  const moment = fc.double({ min: -10_000, max: 10_000, noNaN: true });
  fc.assert(
    fc.property(moment, moment, moment, fc.nat(1_000), fc.boolean(), (age, fresh, stale, later, isPublic) => {
      const entry = anEntry({ fetchedAt: NOW - age, freshUntil: NOW + fresh, staleUntil: NOW + stale });
      const then = Math.min(NOW + later, Math.ceil(sameUntil(entry, NOW)) - 1);
      const at = (now: number) => ({
        ...cacheHeaders(hit(entry), now, {}, { ...OPEN, isPublic }),
        [CACHE_TTL]: '',
      });
      expect(at(Math.max(then, NOW))).toEqual(at(NOW));
    }),
  );
});

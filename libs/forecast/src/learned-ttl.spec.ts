import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { ChangingPage, exponential, seededRandom } from '../../../bench/src/content-change.js';
import {
  beliefOf,
  CHANGE_INTERVALS_MS,
  type ChangeEvidence,
  hostAfterCheck,
  newHost,
  type RateWeights,
  withCheck,
} from './change-rate.js';
import { expectedStaleShare, jitteredMs, learnedTtlMs } from './learned-ttl.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const BOUNDS = { minMs: 5 * MINUTE, maxMs: 30 * DAY, stalenessBudget: 0.1 };

/** All is believed of one rate of the grid. */
const certainOf = (index: number): RateWeights => CHANGE_INTERVALS_MS.map((_, at) => (at === index ? 1 : 0));

const beliefs = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 32, maxLength: 32 })
  .map((weights) => beliefOf(weights.map(Math.log), newHost()));

describe('the expected share of stale reads', () => {
  test.each([MINUTE, 60 * MINUTE, 3 * DAY, 60 * DAY])(
    'is that of reads spread evenly over %i ms',
    (ttlMs) => {
      fc.assert(
        fc.property(beliefs, (belief) => {
          const steps = 2_000;
          let stale = 0;
          for (let step = 0; step < steps; step += 1) {
            const readAt = ((step + 0.5) / steps) * ttlMs;
            stale += CHANGE_INTERVALS_MS.reduce(
              (sum, meanMs, index) => sum + belief[index]! * (1 - Math.exp(-readAt / meanMs)),
              0,
            );
          }
          expect(expectedStaleShare(belief, ttlMs)).toBeCloseTo(stale / steps, 4);
        }),
        { numRuns: 10 },
      );
    },
  );
});

describe('a learned lifetime', () => {
  test('lies within its bounds and keeps the budget, unless the shortest already breaks it', () => {
    fc.assert(
      fc.property(beliefs, fc.double({ min: 0.01, max: 0.9, noNaN: true }), (belief, stalenessBudget) => {
        const ttlMs = learnedTtlMs(belief, { ...BOUNDS, stalenessBudget });
        expect(ttlMs).toBeGreaterThanOrEqual(BOUNDS.minMs);
        expect(ttlMs).toBeLessThanOrEqual(BOUNDS.maxMs);
        const keepsBudget = expectedStaleShare(belief, ttlMs) <= stalenessBudget + 1e-6;
        expect(keepsBudget || ttlMs === BOUNDS.minMs).toBe(true);
        const couldBeLonger = expectedStaleShare(belief, ttlMs * 1.01) <= stalenessBudget;
        expect(couldBeLonger && ttlMs < BOUNDS.maxMs).toBe(false);
      }),
    );
  });

  test('is the longer the more seldom a page changes, from one bound to the other', () => {
    const ttls = CHANGE_INTERVALS_MS.map((_, index) =>
      learnedTtlMs(certainOf(index), { ...BOUNDS, maxMs: 10 * DAY }),
    );
    expect(ttls).toEqual(ttls.toSorted((one, other) => one - other));
    expect([ttls[0], ttls.at(-1)]).toEqual([BOUNDS.minMs, 10 * DAY]);
    expect(new Set(ttls).size).toBeGreaterThan(20);
  });

  test('is the longer the more staleness is allowed', () => {
    const ttls = [0.02, 0.05, 0.1, 0.2, 0.5].map((stalenessBudget) =>
      learnedTtlMs(certainOf(16), { ...BOUNDS, stalenessBudget }),
    );
    expect(ttls).toEqual(ttls.toSorted((one, other) => one - other));
    expect(new Set(ttls).size).toBe(ttls.length);
  });
});

describe('jitter', () => {
  test('moves a lifetime by a tenth at the most, and the same key always alike', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: MINUTE, max: 30 * DAY }), (key, ms) => {
        expect(Math.abs(jitteredMs(ms, key) - ms)).toBeLessThanOrEqual(ms / 10 + 1);
        expect(jitteredMs(ms, key)).toBe(jitteredMs(ms, key));
      }),
    );
  });

  test('spreads what was stored together over the whole fifth', () => {
    const tenths = Array.from({ length: 1_000 }, () =>
      Math.floor((jitteredMs(DAY, randomUUID()) / DAY - 0.9) * 50),
    );
    for (let tenth = 0; tenth < 10; tenth += 1)
      expect(tenths.filter((one) => one === tenth).length).toBeGreaterThan(50);
  });
});

/** What it cost to serve a trace of reads. */
interface Served {
  readonly reads: number;
  readonly staleShare: number;
  readonly fetches: number;
}

interface Read {
  readonly at: number;
  readonly key: string;
}

/** What the cache holds of one page: the version that it saw, when, until when it serves it, and what it has learned. */
interface Copy {
  readonly seen: number;
  readonly at: number;
  readonly until: number;
  readonly evidence: ChangeEvidence;
  readonly comparisons: number;
}

/** How long a copy lives, given what the checks of its page say; it may learn from them. */
type LifetimePolicy = (evidence: ChangeEvidence, comparisons: number) => number;

const fixed =
  (ttlMs: number): LifetimePolicy =>
  () =>
    ttlMs;

/** As the worker does: by page and host, and never longer than a day before the first check. */
function learned(): LifetimePolicy {
  let host = newHost();
  return (evidence, comparisons) => {
    const belief = beliefOf(evidence, host);
    if (comparisons > 0) host = hostAfterCheck(host, belief, comparisons);
    return learnedTtlMs(belief, comparisons === 0 ? { ...BOUNDS, maxMs: DAY } : BOUNDS);
  };
}

/** Poisson reads of pages that are read from every few minutes to every few days, in order. */
function poissonReads(pages: number, days: number): readonly Read[] {
  const reads: Read[] = [];
  for (let index = 0; index < pages; index += 1) {
    const key = `page ${index}`;
    const random = seededRandom(`reads of ${key}`);
    const meanMs = 10 * MINUTE * 500 ** random();
    for (let at = exponential(meanMs, random); at < days * DAY; at += exponential(meanMs, random))
      reads.push({ at, key });
  }
  return reads.sort((one, other) => one.at - other.at);
}

function serve(reads: readonly Read[], lifetime: LifetimePolicy): Served {
  const pages = new Map<string, ChangingPage>();
  const copies = new Map<string, Copy>();
  let [stale, fetches] = [0, 0];
  for (const { at, key } of reads) {
    const page = pages.get(key) ?? new ChangingPage(key);
    pages.set(key, page);
    const version = page.versionAt(at);
    const held = copies.get(key);
    if (held !== undefined && at < held.until) {
      if (held.seen !== version) stale += 1;
      continue;
    }
    fetches += 1;
    const evidence = held === undefined ? [] : withCheck(held.evidence, at - held.at, held.seen !== version);
    const comparisons = held === undefined ? 0 : held.comparisons + 1;
    copies.set(key, {
      seen: version,
      at,
      until: at + lifetime(evidence, comparisons),
      evidence,
      comparisons,
    });
  }
  return { reads: reads.length, staleShare: stale / reads.length, fetches };
}

/** The fixed lifetime under which as many reads are stale. */
function fixedOfTheSameStaleness(reads: readonly Read[], staleShare: number): Served {
  let [low, high] = [MINUTE, 30 * DAY];
  while (high / low > 1.02) {
    const middle = Math.sqrt(low * high);
    if (serve(reads, fixed(middle)).staleShare > staleShare) high = middle;
    else low = middle;
  }
  return serve(reads, fixed(high));
}

describe('a cache whose lifetimes are learned', () => {
  test('answers at most 12 % of reads from changed copies, and fetches less than the fixed lifetime that is as stale', () => {
    const reads = poissonReads(200, 8);
    const byLearning = serve(reads, learned());
    const byOneLifetime = fixedOfTheSameStaleness(reads, byLearning.staleShare);
    expect(byLearning.staleShare).toBeLessThanOrEqual(0.12);
    expect(byOneLifetime.staleShare).toBeCloseTo(byLearning.staleShare, 2);
    expect(byLearning.fetches).toBeLessThan(0.9 * byOneLifetime.fetches);
  });
});

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { DEFAULT_POLICY } from '../../../apps/worker/src/previews/freshness-policy.js';
import { exponential, seededRandom } from '../content-change.js';
import type { Trace, TraceRead } from '../trace.js';
import { replayFixed } from './known-policies.js';
import { ChangingOrigin, type Origin, STILL_ORIGIN } from './origin.js';
import { WarmlinkStrategy, type WarmlinkReplay } from './warmlink.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TTL = 5 * MINUTE;
const START = Date.UTC(2024, 0, 1);

/** How far the promise may be overdrawn for a moment: one fetch, or as a share of cache-aside's; and what is under way, that readers fetch themselves. */
const roomOf = (asideFetches: number) => Math.max(1, 0.005 * asideFetches);

/** Keys of a small trace: each may have a warm under way that is yet to pay. */
const UNDER_WAY = 8;

const aTrace = (reads: readonly TraceRead[]): Trace => ({
  reads: reads.toSorted((one, other) => one.at - other.at),
  brokenLines: 0,
  unsortedLines: 0,
});

/** Bursts and gaps over a few keys; times to the second, as in the traces, or finer. */
const traces = fc
  .record({
    steps: fc.array(
      fc.record({
        gapMs: fc.oneof(
          fc.integer({ min: 0, max: 20 }).map((seconds) => seconds * SECOND),
          fc.integer({ min: 0, max: 400 }).map((seconds) => seconds * SECOND),
          fc.integer({ min: 0, max: 5_000 }),
        ),
        key: fc.integer({ min: 0, max: 7 }),
      }),
      { minLength: 1, maxLength: 300 },
    ),
    ttlMs: fc.integer({ min: 1, max: 120 }).map((fives) => fives * 5 * SECOND),
    windowMs: fc.constantFrom(50, SECOND, 10 * SECOND),
  })
  .map(({ steps, ...times }) => {
    let at = START;
    const reads = steps.map(({ gapMs, key }) => ({ at: (at += gapMs), key: `page ${key}` }));
    return { trace: aTrace(reads), ...times };
  });

/** Pages from busy to hardly ever read, as Poisson processes, for some hours. */
function aMix(pages: number, forMs: number, seed = 'a mix'): TraceRead[] {
  const reads: TraceRead[] = [];
  for (let page = 0; page < pages; page += 1) {
    const random = seededRandom(`${seed} ${page}`);
    const meanMs = MINUTE * 200 ** random();
    for (let after = exponential(meanMs, random); after < forMs; after += exponential(meanMs, random))
      reads.push({ at: START + Math.floor(after), key: `page ${page}` });
  }
  return reads;
}

function replayed(
  trace: Trace,
  budget: number,
  options: Partial<WarmlinkReplay> = {},
  origin = STILL_ORIGIN,
) {
  return new WarmlinkStrategy(origin, {
    lifetimes: { ttlMs: TTL, graceMs: TTL },
    budgetShare: budget - 1,
    windowMs: 10 * SECOND,
    ...options,
  }).replay(trace);
}

const aside = (trace: Trace, ttlMs = TTL) =>
  replayFixed(trace, STILL_ORIGIN, { ttlMs, graceMs: 0, refreshAhead: false });

describe('Warmlink within a budget of 1.00', () => {
  test('is as fresh as cache-aside, for as many fetches', () => {
    fc.assert(
      fc.property(traces, ({ trace, ttlMs, windowMs }) => {
        const tally = replayed(trace, 1, { lifetimes: { ttlMs, graceMs: ttlMs }, windowMs });
        const { reads, fresh, fetches } = aside(trace, ttlMs);
        expect(tally).toMatchObject({ reads, fresh, fetches, warms: 0, used: 0, wasted: 0 });
      }),
    );
  });

  test('serves as many stale reads as stale-while-revalidate with the same grace', () => {
    fc.assert(
      fc.property(traces, fc.integer({ min: 0, max: 10 * MINUTE }), ({ trace, ttlMs }, graceMs) => {
        const { stale } = replayFixed(trace, STILL_ORIGIN, { ttlMs, graceMs, refreshAhead: false });
        expect(replayed(trace, 1, { lifetimes: { ttlMs, graceMs } }).stale).toBe(stale);
      }),
    );
  });
});

describe("Warmlink's load", () => {
  test('never exceeds the budget by more than what is under way, on any small trace', () => {
    const budgets = fc.double({ min: 1, max: 2, noNaN: true });
    fc.assert(
      fc.property(traces, budgets, ({ trace, ttlMs, windowMs }, budget) => {
        const { fetches } = replayed(trace, budget, { lifetimes: { ttlMs, graceMs: ttlMs }, windowMs });
        const allowed = budget * aside(trace, ttlMs).fetches;
        expect(fetches).toBeLessThanOrEqual(allowed + UNDER_WAY + roomOf(allowed));
      }),
    );
  });

  test.each([1.02, 1.1, 1.25, 1.5])('comes near to a budget of %d on a mix', (budget) => {
    const trace = aTrace(aMix(400, 12 * HOUR));
    const { fetches } = replayed(trace, budget);
    const allowed = budget * aside(trace).fetches;
    expect(fetches).toBeLessThanOrEqual(allowed + roomOf(allowed));
    expect(fetches).toBeGreaterThan(0.98 * allowed);
  });
});

describe('Warmlink on a mix', () => {
  const REGULAR = Array.from({ length: 250 }, (_, index) => ({
    at: START + index * 2 * MINUTE + (index % 7) * SECOND,
    key: 'read regularly',
  }));
  const mix = aMix(100, 500 * MINUTE);

  test('beats cache-aside, and more so with more of a budget', () => {
    const trace = aTrace([...mix, ...REGULAR]);
    const shares = [1, 1.05, 1.1, 1.3].map((budget) => replayed(trace, budget).fresh / trace.reads.length);
    expect(shares[0]).toBe(aside(trace).fresh / trace.reads.length);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares[2]).toBeGreaterThan(shares[0]! + 0.02);
  });

  test('keeps a page warm that is read regularly: it misses less than half as often as cache-aside', () => {
    const visits: number[] = [];
    const origin: Origin = {
      ...STILL_ORIGIN,
      visit: (key, at) => {
        if (key === 'read regularly') visits.push(at);
        return STILL_ORIGIN.visit(key, at);
      },
    };
    replayed(aTrace([...mix, ...REGULAR]), 1.1, {}, origin);
    const readAt = new Set(REGULAR.map(({ at }) => at));
    const misses = visits.filter((at) => readAt.has(at));
    expect(misses.length).toBeLessThan(aside(aTrace(REGULAR)).fetches / 2);
  });

  test('serves a read exactly at the expiry, which finds its copy renewed', () => {
    const always = Array.from({ length: 3_000 }, (_, index) => ({
      at: START + index * 5 * SECOND,
      key: 'beat',
    }));
    const atExpiries = Array.from({ length: 50 }, (_, index) => ({
      at: START + index * TTL,
      key: 'regular',
    }));
    const trace = aTrace([...always, ...atExpiries]);
    const asideMisses = 2 * 50; // the beat is read at its expiries, too
    expect(trace.reads.length - aside(trace).fresh).toBe(asideMisses);
    expect(trace.reads.length - replayed(trace, 2).fresh).toBeLessThan(asideMisses / 2);
  });

  test('learns that pages are read in one burst each, and stops warming them', () => {
    const bursts = Array.from({ length: 1_500 }, (_, page) =>
      Array.from({ length: 10 }, (_, read) => ({
        at: START + page * 20 * SECOND + read * 29 * SECOND,
        key: `burst ${page}`,
      })),
    ).flat();
    const half = aTrace(bursts.filter(({ at }) => at < START + 1_500 * 10 * SECOND));
    const [whole, first] = [replayed(aTrace(bursts), 2), replayed(half, 2)];
    expect(first.warms).toBeGreaterThan(30);
    expect(whole.warms - first.warms).toBeLessThan(first.warms / 10);
  });

  test('counts each warm as read, wasted, or still to be read, and none twice', () => {
    const tally = replayed(aTrace([...mix, ...REGULAR]), 1.2);
    expect(tally.warms).toBeGreaterThan(100);
    expect(tally.used + tally.wasted).toBeLessThanOrEqual(tally.warms);
    expect(tally.used + tally.wasted).toBeGreaterThan(tally.warms - 102);
    expect(tally.fetches - tally.warms).toBe(tally.reads - tally.fresh);
  });
});

describe('what Warmlink knows', () => {
  /** All that a replay asked of its origin, in order: visits, and versions of what it served. */
  function questionsOf(trace: Trace, budget: number, options: Partial<WarmlinkReplay>): string[] {
    const inner = new ChangingOrigin(START);
    const asked: string[] = [];
    const origin: Origin = {
      visit: (key, at) => {
        asked.push(`visit ${key} ${at}`);
        return inner.visit(key, at);
      },
      versionAt: (key, at) => {
        asked.push(`serve ${key} ${at}`);
        return inner.versionAt(key, at);
      },
    };
    replayed(trace, budget, options, origin);
    return asked;
  }

  const truncated = ({ reads }: Trace, count: number) => aTrace(reads.slice(0, count));

  test('is nothing of the future: what it does until a read is the same if the trace ends there', () => {
    fc.assert(
      fc.property(traces, fc.nat(), fc.boolean(), ({ trace, ttlMs, windowMs }, cut, learns) => {
        const options = { lifetimes: learns ? DEFAULT_POLICY : { ttlMs, graceMs: ttlMs }, windowMs };
        const count = 1 + (cut % trace.reads.length);
        const asked = questionsOf(truncated(trace, count), 1.5, options);
        expect(questionsOf(trace, 1.5, options).slice(0, asked.length)).toEqual(asked);
      }),
      { numRuns: 60 },
    );
  });

  test('never goes back: a visit is at a read, or not before the expiry of the copy before', () => {
    const trace = aTrace(aMix(60, 4 * HOUR));
    const lastOf = new Map<string, number>();
    const visited = new Map<string, number>();
    const readAt = new Set(trace.reads.map(({ at, key }) => `${key} ${at}`));
    const wrong: string[] = [];
    for (const question of questionsOf(trace, 1.5, {})) {
      const [kind, , page, time] = question.split(' ');
      const [key, at] = [`page ${page}`, Number(time)];
      const isDue = readAt.has(`${key} ${at}`) || at >= visited.get(key)! + TTL;
      if (at < (lastOf.get(key) ?? 0) || !isDue) wrong.push(question);
      lastOf.set(key, at);
      if (kind === 'visit') visited.set(key, at);
    }
    expect(wrong).toEqual([]);
  });

  test('is nothing of the future on a mix, of which it warms much', () => {
    const trace = aTrace(aMix(60, 4 * HOUR));
    const whole = questionsOf(trace, 1.3, {});
    expect(replayed(trace, 1.3).warms).toBeGreaterThan(100);
    for (const count of [1, 500, 1_000, 1_500, 2_000]) {
      const asked = questionsOf(truncated(trace, count), 1.3, {});
      expect(asked.length).toBeGreaterThanOrEqual(count);
      expect(whole.slice(0, asked.length)).toEqual(asked);
    }
  });

  test('is what was handed over: with windows longer than the trace it warms nothing', () => {
    const trace = aTrace(aMix(60, 2 * HOUR));
    expect(replayed(trace, 1.5).warms).toBeGreaterThan(0);
    expect(replayed(trace, 1.5, { windowMs: 3 * HOUR }).warms).toBe(0);
  });
});

test('progress is told every 5,000 reads', () => {
  const told: number[] = [];
  const reads = Array.from({ length: 12_000 }, (_, index) => ({ at: START + index * SECOND, key: 'a' }));
  replayed(aTrace(reads), 1.1, { onProgress: (count) => told.push(count) });
  expect(told).toEqual([5_000, 10_000]);
});

test('an empty trace has an empty tally', () => {
  expect(replayed(aTrace([]), 1.1)).toMatchObject({ reads: 0, fresh: 0, fetches: 0 });
});

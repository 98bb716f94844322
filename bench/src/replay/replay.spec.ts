import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Trace } from '../trace.js';
import { replay, type ReplayOptions, sweep } from './replay.js';

const MINUTE = 60_000;
const START = Date.UTC(2024, 0, 1);

const aReplay = (options: Partial<ReplayOptions> = {}): ReplayOptions => ({
  ttlMs: 5 * MINUTE,
  budget: 1.1,
  graceMs: 5 * MINUTE,
  windowMs: 10_000,
  changes: false,
  ...options,
});

const traces = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4 * MINUTE }), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
    maxLength: 300,
  })
  .map((steps): Trace => {
    let at = START;
    const reads = steps.map(([gapMs, key]) => ({ at: (at += gapMs), key: `page ${key}` }));
    return { reads, brokenLines: 0, unsortedLines: 0 };
  });

/** A page that is read twice within its lifetime, another once, and the first again. */
const SMALL: Trace = {
  reads: [
    { at: START, key: 'a' },
    { at: START + MINUTE, key: 'a' },
    { at: START + 2 * MINUTE, key: 'b' },
    { at: START + 6 * MINUTE, key: 'a' },
  ],
  brokenLines: 0,
  unsortedLines: 0,
};

describe('a replay', () => {
  test('has a row for each strategy, relative to cache-aside', () => {
    const { trace, ttlSeconds, rows } = replay('traces/small.tsv.gz', SMALL, aReplay({ budget: 1 }));
    expect([trace, ttlSeconds]).toEqual(['small', 300]);
    expect(rows).toEqual([
      { strategy: 'cache-aside', fresh: 1 / 4, stale: 0, load: 1, wasted: 0, precision: null },
      { strategy: 'swr', fresh: 1 / 4, stale: 1 / 4, load: 1, wasted: 0, precision: null },
      // a is renewed at its expiry, and read then; b isn't due before the last read.
      { strategy: 'refresh-ahead', fresh: 2 / 4, stale: 0, load: 1, wasted: 0, precision: 1 },
      { strategy: 'warmlink', fresh: 1 / 4, stale: 1 / 4, load: 1, wasted: 0, precision: null },
      { strategy: 'ceiling', fresh: 2 / 4, stale: 0, load: 1, wasted: 0, precision: 1 },
    ]);
  });

  test.each([
    ['traces/day.tsv', 'day'],
    ['/var/day.first.tsv.gz', 'day.first'],
    ['day', 'day'],
  ])('of %s is called %s', (file, name) => {
    expect(replay(file, SMALL, aReplay()).trace).toBe(name);
  });

  test('has shares from 0 to 1, and nobody is fresher than the ceiling', () => {
    fc.assert(
      fc.property(traces, fc.boolean(), fc.integer({ min: 1, max: 900 }), (trace, changes, seconds) => {
        const options = aReplay({ changes, ttlMs: seconds * 1_000, graceMs: seconds * 500, budget: 1.5 });
        const { rows } = replay('any', trace, options);
        const ceiling = rows.find(({ strategy }) => strategy === 'ceiling')!;
        expect([rows[0]!.stale, rows[2]!.stale]).toEqual([0, 0]);
        expect([rows[0]!.load, rows[1]!.load, ceiling.load]).toEqual([1, 1, 1]);
        for (const { strategy: _, load, scrapes = 0, precision, ...others } of rows) {
          const shares = { ...others, ...(precision !== null && { precision }) };
          for (const share of Object.values(shares)) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1);
          }
          expect(shares.fresh + shares.stale).toBeLessThanOrEqual(1);
          expect(shares.fresh).toBeLessThanOrEqual(ceiling.fresh);
          expect(Number.isFinite(load) && load > 0 && scrapes >= 0).toBe(true);
          expect('changed' in shares).toBe(changes);
        }
      }),
    );
  });

  test('within a budget of 1.00 has Warmlink as fresh as cache-aside, for its load', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const { rows } = replay('any', trace, aReplay({ budget: 1 }));
        expect([rows[3]!.fresh, rows[3]!.load]).toEqual([rows[0]!.fresh, 1]);
      }),
    );
  });

  test('is the same each time: pages change alike', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const options = aReplay({ changes: true });
        expect(replay('any', trace, options)).toEqual(replay('any', trace, options));
      }),
      { numRuns: 10 },
    );
  });
});

test('a sweep has a row of Warmlink for each budget, as the replay has within that budget', () => {
  fc.assert(
    fc.property(traces, (trace) => {
      const budgets = [1, 1.1, 2];
      const byReplay = budgets.map((budget) => replay('any', trace, aReplay({ budget })).rows[3]);
      expect(sweep(trace, budgets, aReplay())).toEqual(byReplay);
    }),
    { numRuns: 20 },
  );
});

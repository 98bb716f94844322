import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { exponential, seededRandom } from '../../../bench/src/content-change.js';
import { type Beat, beatOf, beatProbability, isOnBeat } from './beat.js';
import { type DemandState, withReads } from './demand-state.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 5);

/** A key that was read with these intervals (ms) in between. */
function readWith(gapsMs: readonly number[]): DemandState {
  let at = START;
  const first = withReads(undefined, { reads: 1, firstAt: at, lastAt: at });
  return gapsMs.reduce((state, gapMs) => {
    at += gapMs;
    return withReads(state, { reads: 1, firstAt: at, lastAt: at });
  }, first);
}

const every = (gapMs: number, gaps = 8) => readWith(Array.from({ length: gaps }, () => gapMs));

/** Intervals about ten minutes, whose logarithms spread as they are told (standard deviation). */
function drawn(random: () => number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return 10 * MINUTE * Math.exp(spread * normal);
}

describe('a beat', () => {
  test.each([MINUTE, 30 * MINUTE, 12 * HOUR - MINUTE])('of %d ms is found after four intervals', (gapMs) => {
    expect(beatOf(every(gapMs, 3))).toBeUndefined();
    expect(beatOf(every(gapMs, 4))!.gapMs / gapMs).toBeCloseTo(1);
  });

  test('is not what comes once a day: that is a habit', () => {
    expect(beatOf(every(24 * HOUR))).toBeUndefined();
  });

  test('is found in polling that jitters by a tenth, and hardly ever in reads at random', () => {
    const random = seededRandom('beats');
    const share = (gapMs: () => number) => {
      const keys = Array.from({ length: 400 }, () => readWith(Array.from({ length: 20 }, gapMs)));
      return keys.filter((key) => beatOf(key) !== undefined).length / keys.length;
    };
    expect(share(() => drawn(random, 0.1))).toBe(1);
    expect(share(() => exponential(10 * MINUTE, random))).toBeLessThan(0.05);
  });

  test('is lost when the read does not come, the sooner the more exact it was', () => {
    const [exact, loose] = [
      every(10 * MINUTE),
      readWith([8, 12, 10, 13, 8, 11, 9, 10].map((m) => m * MINUTE)),
    ];
    const lostAfter = (state: DemandState) => {
      let gaps = 1;
      while (isOnBeat(beatOf(state)!, state, state.lastReadAt + gaps * 10 * MINUTE)) gaps += 0.01;
      return gaps;
    };
    expect(lostAfter(exact)).toBeLessThan(1.1);
    expect(lostAfter(loose)).toBeGreaterThan(1.4);
    expect(lostAfter(loose)).toBeLessThan(4);
  });
});

describe('a copy that is renewed for a beat', () => {
  const beatWith = (spread: number) => {
    const random = seededRandom(`beat ${spread}`);
    const state = readWith(Array.from({ length: 40 }, () => drawn(random, spread)));
    return { beat: beatOf(state)!, state, random };
  };
  /** Whether it is fresh when the next read comes. */
  const isCovered = ({ startMs }: Beat, gapMs: number, ttlMs: number) =>
    startMs(ttlMs) <= gapMs && gapMs < startMs(ttlMs) + ttlMs;

  test('is there at the next read, where its lifetime reaches over all of when that may come', () => {
    const { beat, random } = beatWith(0.1);
    const covered = Array.from({ length: 500 }, () => isCovered(beat, drawn(random, 0.1), 10 * MINUTE));
    expect(covered.filter(Boolean).length / 500).toBeGreaterThan(0.95);
  });

  test('is there at more of them than one that is renewed a little sooner or later, where it does not', () => {
    const { gapMs, startMs } = beatWith(0.15).beat;
    const ttlMs = 2 * MINUTE;
    const about = (shiftMs: number) => {
      const random = seededRandom('when they come');
      const gaps = Array.from({ length: 4_000 }, () => (drawn(random, 0.15) / (10 * MINUTE)) * gapMs);
      const start = startMs(ttlMs) + shiftMs;
      return gaps.filter((gap) => start <= gap && gap < start + ttlMs).length;
    };
    expect(about(0)).toBeGreaterThan(about(-MINUTE));
    expect(about(0)).toBeGreaterThan(about(MINUTE));
  });

  test.each([0.05, 0.1, 0.25])(
    'is read as often as it is said to be, where intervals spread by %d',
    (spread) => {
      const random = seededRandom(`reads that spread by ${spread}`);
      const beat: Beat = { gapMs: 10 * MINUTE, spread, startMs: () => 0 };
      const state = every(10 * MINUTE);
      for (const [afterMs, periodMs] of [
        [5 * MINUTE, 5 * MINUTE],
        [9 * MINUTE, 2 * MINUTE],
        [8 * MINUTE, 4 * MINUTE],
      ] as const) {
        const gaps = Array.from({ length: 4_000 }, () => drawn(random, spread)).filter(
          (gap) => gap >= afterMs,
        );
        const share = gaps.filter((gap) => gap < afterMs + periodMs).length / gaps.length;
        const said = beatProbability(beat, state, state.lastReadAt + afterMs, periodMs);
        expect(Math.abs(said - share)).toBeLessThan(0.04);
      }
    },
  );
});

test('the odds of two periods, one after the other, are those of both as one', () => {
  const minutes = fc.double({ min: 0.01, max: 15, noNaN: true }).map((count) => count * MINUTE);
  const spreads = fc.double({ min: 0.1, max: 0.35, noNaN: true });
  const state = every(10 * MINUTE);
  fc.assert(
    fc.property(minutes, minutes, minutes, spreads, (after, one, other, spread) => {
      const beat: Beat = { gapMs: 10 * MINUTE, spread, startMs: () => 0 };
      const from = state.lastReadAt + after;
      const none = (at: number, periodMs: number) => 1 - beatProbability(beat, state, at, periodMs);
      expect(none(from, one) * none(from + one, other)).toBeCloseTo(none(from, one + other), 6);
    }),
  );
});

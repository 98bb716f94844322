import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { exponential, seededRandom } from '../../../bench/src/content-change.js';
import { type DemandState, type KeyReads, recentRate, WINDOWS_MS, withReads } from './demand-state.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2024, 0, 1);

const aRead = (at: number): KeyReads => ({ reads: 1, firstAt: at, lastAt: at });

/** State after reads that are handed over in this order; there must be one. */
const stateOf = (handedOver: readonly KeyReads[]): DemandState =>
  handedOver.reduce<DemandState | undefined>(withReads, undefined)!;

/** Windows of reads, each in a hand-over of its own or together, within some days. */
const chunks = fc
  .tuple(
    fc.integer({ min: 1, max: 1_000 }),
    fc.integer({ min: 0, max: 5 * DAY }),
    fc.integer({ min: 0, max: MINUTE }),
  )
  .map(([reads, after, forMs]): KeyReads => ({
    reads,
    firstAt: MONDAY + after,
    lastAt: MONDAY + after + forMs,
  }));
const handOvers = fc.array(chunks, { minLength: 1, maxLength: 30 });

/** What windows hold by definition: each read, decayed since the end of the chunk that it came in. */
function exactWindows(handedOver: readonly KeyReads[]): number[] {
  const now = Math.max(...handedOver.map(({ lastAt }) => lastAt));
  return WINDOWS_MS.map((windowMs) =>
    handedOver.reduce((sum, { reads, lastAt }) => sum + reads * Math.exp((lastAt - now) / windowMs), 0),
  );
}

function expectClose(found: readonly number[], exact: readonly number[]): void {
  expect(found).toHaveLength(exact.length);
  for (const [index, value] of exact.entries())
    expect(Math.abs(found[index]! - value)).toBeLessThanOrEqual(1e-9 * value + 1e-12);
}

describe('demand of a key', () => {
  test('counts reads, and knows the first and the last', () => {
    fc.assert(
      fc.property(handOvers, (handedOver) => {
        const { reads, firstReadAt, lastReadAt } = stateOf(handedOver);
        expect(reads).toBe(handedOver.reduce((sum, one) => sum + one.reads, 0));
        expect(firstReadAt).toBe(Math.min(...handedOver.map(({ firstAt }) => firstAt)));
        expect(lastReadAt).toBe(Math.max(...handedOver.map(({ lastAt }) => lastAt)));
      }),
    );
  });

  test('decays in each window as reads that are kept one by one would', () => {
    fc.assert(
      fc.property(handOvers, (handedOver) => {
        expectClose(stateOf(handedOver).windows, exactWindows(handedOver));
      }),
    );
  });

  test('is the same in whatever order chunks are handed over', () => {
    const inTwoOrders = handOvers.chain((handedOver) =>
      fc.tuple(
        fc.constant(handedOver),
        fc.shuffledSubarray(handedOver, { minLength: handedOver.length, maxLength: handedOver.length }),
      ),
    );
    fc.assert(
      fc.property(inTwoOrders, ([one, other]) => {
        const [first, second] = [stateOf(one), stateOf(other)];
        expect(second.reads).toBe(first.reads);
        expect(second.firstReadAt).toBe(first.firstReadAt);
        expect(second.lastReadAt).toBe(first.lastReadAt);
        expectClose(second.windows, first.windows);
      }),
    );
  });

  test('has nine windows, from 15 s to 11 days', () => {
    expect(WINDOWS_MS).toHaveLength(9);
    expect(WINDOWS_MS[0]).toBe(15 * SECOND);
    expect(WINDOWS_MS.at(-1)! / DAY).toBeCloseTo(11.4, 1);
  });

  test('keeps until when a copy of cache-aside would be fresh', () => {
    const state = { ...stateOf([aRead(MONDAY)]), asideUntil: MONDAY + HOUR };
    expect(withReads(state, aRead(MONDAY + DAY)).asideUntil).toBe(MONDAY + HOUR);
    expect(stateOf([aRead(MONDAY)]).asideUntil).toBe(0);
  });
});

describe('idle periods', () => {
  const logs = (state: DemandState) => [state.idleLogMean, state.idleLogSquare];

  test('are unknown until there was one; the first is taken as it is', () => {
    expect(logs(stateOf([aRead(MONDAY)]))).toEqual([0, 0]);
    const log = Math.log(HOUR);
    expect(logs(stateOf([aRead(MONDAY), aRead(MONDAY + HOUR)]))).toEqual([log, log * log]);
  });

  test('last from the end of a chunk to the beginning of the next, and of the older a new one leaves 80 %', () => {
    const state = stateOf([
      { reads: 2, firstAt: MONDAY, lastAt: MONDAY + MINUTE },
      { reads: 2, firstAt: MONDAY + HOUR, lastAt: MONDAY + HOUR + MINUTE },
      { reads: 2, firstAt: MONDAY + DAY, lastAt: MONDAY + DAY + MINUTE },
    ]);
    const [older, newer] = [Math.log(HOUR - MINUTE), Math.log(DAY - HOUR - MINUTE)];
    expect(state.idleLogMean).toBeCloseTo(0.8 * older + 0.2 * newer, 9);
    expect(state.idleLogSquare).toBeCloseTo(0.8 * older ** 2 + 0.2 * newer ** 2, 9);
  });

  test("aren't learned from reads that come late, or in the same moment", () => {
    const state = stateOf([aRead(MONDAY), aRead(MONDAY + HOUR)]);
    for (const at of [MONDAY - DAY, MONDAY + MINUTE, MONDAY + HOUR])
      expect(logs(withReads(state, aRead(at)))).toEqual(logs(state));
  });
});

describe('hours of the week', () => {
  const mondays = (weeks: readonly number[]) =>
    weeks.flatMap((week) =>
      [31, 33, 40].map((minute) => aRead(MONDAY + week * 7 * DAY + 9 * HOUR + minute * MINUTE)),
    );

  test('are those in which a key is woken up: once a week, however many reads follow', () => {
    expect(Array.from(stateOf(mondays([0, 1, 2])).hours)).toEqual([9, 0b111, 31]);
  });

  test('say in which of the last eight weeks, by the week of the last read, and forget older ones', () => {
    expect(Array.from(stateOf(mondays([0, 2])).hours)).toEqual([9, 0b101, 31]);
    expect(Array.from(stateOf(mondays([0, 9])).hours)).toEqual([9, 0b1, 31]);
    const sunday = aRead(MONDAY + 7 * DAY - HOUR / 2);
    const onMonday = aRead(MONDAY + 7 * DAY + 10 * MINUTE); // after forty minutes: it never slept
    expect(Array.from(stateOf([sunday, onMonday]).hours)).toEqual([167, 0b10, 30]);
  });

  test('have the earliest minute, and follow later ones a minute a time', () => {
    const at = (week: number, minute: number) => aRead(MONDAY + week * 7 * DAY + minute * MINUTE);
    const minuteOf = (reads: KeyReads[]) => stateOf(reads).hours[2];
    expect(minuteOf([at(0, 30), at(1, 40)])).toBe(31);
    expect(minuteOf([at(0, 30), at(1, 40), at(2, 40)])).toBe(32);
    expect(minuteOf([at(0, 30), at(1, 40), at(2, 10)])).toBe(10);
  });

  test('of reads that come late are not learned', () => {
    const state = stateOf(mondays([0, 1]));
    expect(withReads(state, aRead(MONDAY + 3 * DAY)).hours).toEqual(state.hours);
  });
});

describe('the recent rate', () => {
  /** Poisson reads of one key from `MONDAY` on. */
  function* poisson(meanMs: number, forMs: number, seed: string): Generator<number> {
    const random = seededRandom(seed);
    for (let after = 0; after < forMs; after += exponential(meanMs, random)) yield MONDAY + after;
  }

  test.each([
    [SECOND, 4 * HOUR],
    [SECOND, 10 * HOUR],
    [20 * SECOND, 3 * DAY],
  ])('of a Poisson stream of one read in %i ms is its rate, over %i ms', (meanMs, windowMs) => {
    let state: DemandState | undefined;
    for (const at of poisson(meanMs, windowMs * 4, 'a steady key')) state = withReads(state, aRead(at));
    expect(recentRate(state!, windowMs, state!.lastReadAt) * meanMs).toBeGreaterThan(0.97);
    expect(recentRate(state!, windowMs, state!.lastReadAt) * meanMs).toBeLessThan(1.03);
  });

  test.each([MINUTE, 5 * MINUTE, HOUR])('over %i ms is right in the mean over time', (windowMs) => {
    let state: DemandState | undefined;
    let [sum, looks] = [0, 0];
    for (const at of poisson(MINUTE, 30 * DAY, 'looked at between reads')) {
      const sinceStart = at - MONDAY;
      // Looked at before a read: the stream doesn't know that it is looked at.
      if (state !== undefined && sinceStart > DAY) {
        sum += recentRate(state, windowMs, at);
        looks += 1;
      }
      state = withReads(state, aRead(at));
    }
    expect((sum / looks) * MINUTE).toBeGreaterThan(0.95);
    expect((sum / looks) * MINUTE).toBeLessThan(1.05);
  });

  test('lies between those of the two windows around it, and beyond the ends is that of the end', () => {
    const state = stateOf([...poisson(MINUTE, DAY, 'any')].map(aRead));
    const now = state.lastReadAt + 5 * MINUTE;
    const rateOver = (windowMs: number) => recentRate(state, windowMs, now);
    for (const [index, windowMs] of WINDOWS_MS.slice(0, -1).entries()) {
      const ends = [rateOver(windowMs), rateOver(WINDOWS_MS[index + 1]!)];
      const middle = rateOver(2 * windowMs);
      expect(middle).toBeCloseTo((ends[0]! + ends[1]!) / 2, 12);
    }
    expect(rateOver(SECOND)).toBe(rateOver(WINDOWS_MS[0]!));
    expect(rateOver(1_000 * DAY)).toBe(rateOver(WINDOWS_MS.at(-1)!));
  });

  test('of a young key is not taken for low because its windows are longer than its life', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: SECOND, max: 10 * MINUTE }),
        fc.integer({ min: 3, max: 50 }),
        fc.integer({ min: 4, max: 1_000 }),
        (everyMs, reads, gaps) => {
          const state = stateOf(Array.from({ length: reads }, (_, index) => aRead(MONDAY + index * everyMs)));
          const rate = recentRate(state, gaps * everyMs, state.lastReadAt) * everyMs;
          expect(rate).toBeGreaterThanOrEqual(1 - 1e-9);
          expect(rate).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  test('of a key that was first read just now takes it to be a second old, also if its clock was ahead', () => {
    const state = stateOf([aRead(MONDAY)]);
    const exact = 1 / (MINUTE * -Math.expm1(-SECOND / MINUTE));
    for (const now of [MONDAY, MONDAY - 5 * SECOND])
      expect(recentRate(state, MINUTE, now)).toBeCloseTo(exact, 12);
  });

  test('falls while nobody reads', () => {
    const state = stateOf([...poisson(MINUTE, DAY, 'then silence')].map(aRead));
    const rates = [0, MINUTE, 10 * MINUTE, HOUR, 10 * HOUR].map((idleMs) =>
      recentRate(state, 20 * MINUTE, state.lastReadAt + idleMs),
    );
    expect(rates).toEqual(rates.toSorted((one, other) => other - one));
    expect(new Set(rates).size).toBe(rates.length);
  });
});

describe('clocks that jump back, or far ahead', () => {
  const anyTime = fc.integer({ min: -8.64e15, max: 8.64e15 });
  const anyChunk = fc
    .tuple(fc.integer({ min: 1, max: 1e6 }), anyTime, anyTime)
    .map(([reads, one, other]) => ({
      reads,
      firstAt: Math.min(one, other),
      lastAt: Math.max(one, other),
    }));

  test('leave numbers that can be reckoned with', () => {
    fc.assert(
      fc.property(
        fc.array(anyChunk, { minLength: 1, maxLength: 8 }),
        anyTime,
        fc.integer({ min: 1, max: 1e12 }),
        (handedOver, now, windowMs) => {
          const state = stateOf(handedOver);
          const { firstReadAt, lastReadAt, reads, windows, idleLogMean, idleLogSquare } = state;
          const all = [firstReadAt, lastReadAt, reads, ...windows, idleLogMean, idleLogSquare];
          expect(all.every(Number.isFinite)).toBe(true);
          expect(Math.min(...windows, idleLogMean, idleLogSquare)).toBeGreaterThanOrEqual(0);
          const rate = recentRate(state, windowMs, now);
          expect(Number.isFinite(rate)).toBe(true);
          expect(rate).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  test('let a read of long ago count as a read, and not as a recent one', () => {
    const state = stateOf([aRead(MONDAY), aRead(MONDAY - 400 * DAY)]);
    expect([state.reads, state.firstReadAt, state.lastReadAt]).toEqual([2, MONDAY - 400 * DAY, MONDAY]);
    expectClose(state.windows, [...Array<number>(8).fill(1), 1 + Math.exp((-400 * DAY) / WINDOWS_MS[8]!)]);
  });
});

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { exponential, seededRandom } from '../../../bench/src/content-change.js';
import { type DemandState, recentRate, withReads } from './demand-state.js';
import { priorProbability, ReadOdds } from './read-odds.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2024, 0, 1);
const PERIOD = 5 * MINUTE;

/** Demand of a key that was read at these times after Monday 00:00. */
function aKeyReadAt(...after: readonly number[]): DemandState {
  return after.reduce<DemandState | undefined>(
    (state, ms) => withReads(state, { reads: 1, firstAt: MONDAY + ms, lastAt: MONDAY + ms }),
    undefined,
  )!;
}

const demands = fc
  .array(fc.integer({ min: 0, max: DAY }), { minLength: 1, maxLength: 30 })
  .map((after) => aKeyReadAt(...after.sort((one, other) => one - other)));
const periods = fc.integer({ min: MINUTE, max: DAY });

/** Read now and then; and read often, for long. They lie in different cells of the table. */
const RARE = aKeyReadAt(0, 3 * HOUR - 1);
const REGULAR = aKeyReadAt(...Array.from({ length: 100 }, (_, index) => index * 2 * MINUTE));
const NOW = MONDAY + 3 * HOUR + 21 * MINUTE;

function learnt(wasRead: readonly boolean[], state = RARE): ReadOdds {
  const odds = new ReadOdds();
  for (const one of wasRead) odds.learn(state, NOW, PERIOD, one);
  return odds;
}

const times = (count: number, wasRead: boolean) => Array<boolean>(count).fill(wasRead);

describe('before anything is learned', () => {
  test('a period is as likely read as the prior says, and one of an unknown key is not', () => {
    fc.assert(
      fc.property(demands, fc.integer({ min: 0, max: DAY }), periods, (state, idleMs, periodMs) => {
        const from = state.lastReadAt + idleMs;
        const probability = new ReadOdds().probability(state, from, periodMs);
        expect(probability).toBeCloseTo(priorProbability(state, from, periodMs), 12);
        expect(probability).toBeGreaterThan(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
    );
    expect(new ReadOdds().probability(undefined, NOW, PERIOD)).toBe(0);
    expect(new ReadOdds().settledPeriods).toBe(0);
  });

  test("the prior is a Poisson process, half way between the recent rate over four periods and the life's", () => {
    const from = MONDAY + 4 * HOUR;
    const rate = (recentRate(RARE, 4 * PERIOD, from) + 2 / (4 * HOUR)) / 2;
    expect(priorProbability(RARE, from, PERIOD)).toBeCloseTo(1 - Math.exp(-rate * PERIOD), 12);
  });

  test('one read does not make a life: it is taken to be a period long, at least', () => {
    const state = aKeyReadAt(0);
    const from = MONDAY + 4 * MINUTE;
    const rate = (recentRate(state, 4 * PERIOD, from) + 1 / PERIOD) / 2;
    expect(priorProbability(state, from, PERIOD)).toBeCloseTo(1 - Math.exp(-rate * PERIOD), 12);
  });

  test('a key that is read more often, or was read just now, is likelier to be read', () => {
    const often = aKeyReadAt(...Array.from({ length: 50 }, (_, index) => index * MINUTE));
    const seldom = aKeyReadAt(...Array.from({ length: 5 }, (_, index) => index * 10 * MINUTE));
    const at = MONDAY + 50 * MINUTE;
    expect(priorProbability(often, at, PERIOD)).toBeGreaterThan(priorProbability(seldom, at, PERIOD));
    expect(priorProbability(often, at, PERIOD)).toBeGreaterThan(priorProbability(often, at + HOUR, PERIOD));
  });
});

describe('learning', () => {
  test('weighs the periods of a cell against a prior of twelve', () => {
    const prior = priorProbability(RARE, NOW, PERIOD);
    expect(learnt([true]).probability(RARE, NOW, PERIOD)).toBeCloseTo((1 + 12 * prior) / 13, 12);
    expect(learnt([false]).probability(RARE, NOW, PERIOD)).toBeCloseTo((12 * prior) / 13, 12);
    expect(learnt([true, false]).settledPeriods).toBe(2);
  });

  test('moves towards the share of periods that were read, step by step', () => {
    for (const [wasRead, share] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const distances = [0, 1, 10, 100, 1_000].map((count) =>
        Math.abs(share - learnt(times(count, wasRead)).probability(RARE, NOW, PERIOD)),
      );
      expect(distances).toEqual(distances.toSorted((one, other) => other - one));
      expect(distances.at(-1)).toBeLessThan(0.03);
    }
  });

  test('moves its own cell alone', () => {
    const odds = learnt(times(500, true));
    const untouched = new ReadOdds();
    for (const [state, from, periodMs] of [
      [REGULAR, NOW, PERIOD],
      [RARE, NOW + 2 * HOUR, PERIOD],
      [RARE, NOW, HOUR],
    ] as const)
      expect(odds.probability(state, from, periodMs)).toBe(untouched.probability(state, from, periodMs));
    const alike = aKeyReadAt(1, 3 * HOUR);
    expect(odds.probability(alike, NOW, PERIOD)).toBeGreaterThan(0.95);
  });

  test('tells keys apart by idle time, recent reads, and reads in their life', () => {
    const byLife = aKeyReadAt(0, 1, 2, 3, 4, 3 * HOUR - 1); // as RARE, but for reads of long ago
    const byRecent = aKeyReadAt(0, 3 * HOUR - 2, 3 * HOUR - 1);
    for (const other of [byLife, byRecent]) {
      const odds = learnt(times(500, false));
      expect(odds.probability(other, NOW, PERIOD)).toBe(new ReadOdds().probability(other, NOW, PERIOD));
    }
  });

  test('tells apart how long a key has been idle, where all else is alike', () => {
    const odds = new ReadOdds();
    const [justNow, later] = [REGULAR.lastReadAt + 1_000, REGULAR.lastReadAt + MINUTE / 2];
    for (const wasRead of times(100, false)) odds.learn(REGULAR, justNow, PERIOD, wasRead);
    expect(odds.probability(REGULAR, justNow, PERIOD)).toBeLessThan(0.2);
    expect(odds.probability(REGULAR, later, PERIOD)).toBeGreaterThan(0.8);
  });

  test('forgets slowly: what was true for 2,000 periods is outweighed by the next 2,000', () => {
    const odds = learnt([...times(2_000, true), ...times(2_000, false)]);
    expect(odds.probability(RARE, NOW, PERIOD)).toBeLessThan(0.03);
    const after50 = learnt([...times(2_000, true), ...times(50, false)]);
    expect(after50.probability(RARE, NOW, PERIOD)).toBeGreaterThan(0.8);
  });

  test('never leaves what a probability can be', () => {
    const settled = fc.array(fc.tuple(demands, fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(settled, demands, periods, (learned, state, periodMs) => {
        const odds = new ReadOdds();
        for (const [known, wasRead] of learned) odds.learn(known, known.lastReadAt, periodMs, wasRead);
        const probability = odds.probability(state, state.lastReadAt, periodMs);
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
    );
  });
});

interface Forecast {
  readonly probability: number;
  readonly prior: number;
  readonly wasRead: boolean;
}

/** How a key is read: times in ms from the beginning. */
type Habit = (random: () => number, forMs: number) => number[];

/** Steadily, from every minute to every few hours. */
const steady: Habit = (random, forMs) => {
  const meanMs = MINUTE * 300 ** random();
  const reads: number[] = [];
  for (let at = exponential(meanMs, random); at < forMs; at += exponential(meanMs, random)) reads.push(at);
  return reads;
};

/** Ten reads within minutes, and then nothing for hours: what a Poisson process doesn't do. */
const inBursts: Habit = (random, forMs) => {
  const reads: number[] = [];
  for (let begin = exponential(4 * HOUR, random); begin < forMs; begin += exponential(4 * HOUR, random))
    for (let at = begin, read = 0; read < 10; at += exponential(20_000, random), read += 1) reads.push(at);
  return reads.sort((one, other) => one - other);
};

/**
 * Forecasts of what such keys do in each period, as the model learns from them in order. Each key lives for a day, and is first seen at any time: the
 * population stays alike, while its keys grow old.
 */
function forecastsOf(habit: Habit, keys: number): Forecast[] {
  const odds = new ReadOdds();
  const due: { readonly from: number; readonly state: DemandState; readonly wasRead: boolean }[] = [];
  for (let key = 0; key < keys; key += 1) {
    const random = seededRandom(`${habit.name} ${key}`);
    const born = 5 * DAY * random();
    const reads = habit(random, DAY).map((at) => born + at);
    let [state, next] = [undefined as DemandState | undefined, 0];
    for (let from = born + PERIOD * random(); from < born + DAY - PERIOD; from += PERIOD) {
      for (; next < reads.length && reads[next]! < from; next += 1)
        state = withReads(state, { reads: 1, firstAt: reads[next]!, lastAt: reads[next]! });
      const wasRead = (reads[next] ?? Infinity) < from + PERIOD;
      if (state !== undefined && from - state.lastReadAt < HOUR) due.push({ from, state, wasRead });
    }
  }
  due.sort((one, other) => one.from - other.from);
  return due.map(({ from, state, wasRead }) => {
    const probability = odds.probability(state, from, PERIOD);
    odds.learn(state, from, PERIOD, wasRead);
    return { probability, prior: priorProbability(state, from, PERIOD), wasRead };
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const observed = (forecasts: readonly Forecast[]) => mean(forecasts.map(({ wasRead }) => Number(wasRead)));

describe.each([
  { readers: 'steady readers', habit: steady, keys: 250, ofThePriorsScore: 1.03 },
  { readers: 'readers in bursts', habit: inBursts, keys: 1_500, ofThePriorsScore: 0.3 },
])('odds of $readers', ({ habit, keys, ofThePriorsScore }) => {
  const forecasts = forecastsOf(habit, keys);
  const learned = forecasts.slice(forecasts.length / 2);

  test('are in the mean what then happens', () => {
    expect(learned.length).toBeGreaterThan(1_000);
    const predicted = mean(learned.map(({ probability }) => probability));
    expect(Math.abs(predicted - observed(learned))).toBeLessThan(0.015);
  });

  test('are so at every height that is forecast often', () => {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const alike = learned.filter(({ probability }) => Math.floor(10 * probability) === tenth);
      if (alike.length < 300) continue;
      const predicted = mean(alike.map(({ probability }) => probability));
      expect(Math.abs(predicted - observed(alike))).toBeLessThan(0.08);
    }
  });

  test('correct the prior where it is wrong, and hardly harm it where it is right (Brier score)', () => {
    const score = (of: 'probability' | 'prior') =>
      mean(learned.map((forecast) => (forecast[of] - Number(forecast.wasRead)) ** 2));
    expect(score('probability')).toBeLessThan(score('prior') * ofThePriorsScore);
  });
});

describe('stored odds', () => {
  const odds = learnt([true, false, true, true]);
  odds.learn(REGULAR, NOW, PERIOD, true);

  test('are the same after a round trip through JSON', () => {
    const restored = ReadOdds.from(JSON.parse(JSON.stringify(odds.store())));
    expect(restored.settledPeriods).toBe(5);
    expect(restored.store()).toEqual(odds.store());
    for (const state of [RARE, REGULAR])
      expect(restored.probability(state, NOW, PERIOD)).toBeCloseTo(odds.probability(state, NOW, PERIOD), 3);
  });

  test("aren't tied to the model that they came from", () => {
    const stored = odds.store();
    const copy = structuredClone(stored);
    ReadOdds.from(stored).learn(RARE, NOW, PERIOD, true);
    expect(stored).toEqual(copy);
  });

  const stored = odds.store();
  const withFirst = (count: unknown) => [count, ...stored.periods.slice(1)];
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'odds'],
    ['another version', { ...stored, version: 2 }],
    ['no version', { ...stored, version: undefined }],
    ['a table of another size', { ...stored, periods: stored.periods.slice(1) }],
    ['tables of another size', { ...stored, periods: [1, 2], read: [1, 1] }],
    ['no table', { ...stored, read: undefined }],
    ['a count that is no number', { ...stored, periods: withFirst(null) }],
    ['a count that is text', { ...stored, periods: withFirst('1') }],
    ['a negative count', { ...stored, read: withFirst(-1) }],
    ['more periods read than there were', { ...stored, read: withFirst(1) }],
    ['no number of settled periods', { ...stored, settled: null }],
  ])('are refused if they are %s', (_, broken) => {
    expect(() => ReadOdds.from(broken)).toThrow('broken, or of another version');
  });
});

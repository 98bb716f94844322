import { describe, expect, test } from '@jest/globals';
import { exponential, seededRandom } from '../../../bench/src/content-change.js';
import { type DemandState, withReads } from './demand-state.js';
import { LearnedOdds } from './learned-odds.js';
import { priorProbability } from './read-odds.js';

const TTL = 300_000;
const NOON = Date.UTC(2024, 0, 1, 12);

/** A key that is read as a Poisson process, once in so many lifetimes, until noon. */
function aKey(meanLifetimes: number, seed: string): DemandState {
  const random = seededRandom(seed);
  let state: DemandState | undefined;
  for (let ago = 40 * TTL; ago > 0; ago -= exponential(meanLifetimes * TTL, random))
    state = withReads(state, { reads: 1, firstAt: NOON - ago, lastAt: NOON - ago });
  return state!;
}

/** Settled periods of keys that are read with this probability, whatever is known of them. */
function learn(odds: LearnedOdds, periods: number, probability: number, seed = 'periods'): void {
  const random = seededRandom(seed);
  for (let period = 0; period < periods; period += 1) {
    odds.learn(aKey(1 + (period % 7), `key ${period % 50}`), NOON, TTL, random() < probability);
    odds.advance(NOON + TTL);
  }
}

describe('learned odds', () => {
  test('begin with the rate of a Poisson process', () => {
    const state = aKey(3, 'a key');
    expect(new LearnedOdds().probability(state, NOON, TTL)).toBeCloseTo(
      priorProbability(state, NOON, TTL),
      9,
    );
    expect(new LearnedOdds().probability(undefined, NOON, TTL)).toBe(0);
  });

  test.each([0.1, 0.5, 0.9])('come to %d where that is what periods show', (probability) => {
    const odds = new LearnedOdds();
    learn(odds, 4_000, probability);
    const mean =
      Array.from({ length: 50 }, (_, key) =>
        odds.probability(aKey(1 + (key % 7), `key ${key}`), NOON, TTL),
      ).reduce((sum, one) => sum + one, 0) / 50;
    expect(Math.abs(mean - probability)).toBeLessThan(0.1);
  });

  test('follow demand that becomes another in its second half', () => {
    const odds = new LearnedOdds();
    learn(odds, 20_000, 0.9);
    learn(odds, 1_000, 0.1, 'later');
    const state = aKey(2, 'key 1');
    expect(odds.probability(state, NOON, TTL)).toBeLessThan(0.3);
  });

  test('tell apart keys that rates alone take for the same', () => {
    const odds = new LearnedOdds();
    const [young, old] = [aKey(2, 'young'), aKey(2, 'old')];
    const aged = { ...old, firstReadAt: NOON - 4_000 * TTL, reads: 2_000 };
    for (let period = 0; period < 500; period += 1) {
      odds.learn(young, NOON, TTL, period % 10 === 0);
      odds.learn(aged, NOON, TTL, period % 10 !== 0);
      odds.advance(NOON + TTL);
    }
    expect(odds.probability(young, NOON, TTL)).toBeLessThan(0.25);
    expect(odds.probability(aged, NOON, TTL)).toBeGreaterThan(0.75);
  });

  test('learn from a read when its period is over, as from one without, and not before', () => {
    const odds = new LearnedOdds();
    const state = aKey(3, 'a key');
    const prior = priorProbability(state, NOON, TTL);
    for (let period = 0; period < 100; period += 1) odds.learn(state, NOON, TTL, true);
    odds.advance(NOON + TTL - 1);
    expect(odds.probability(state, NOON, TTL)).toBeCloseTo(prior, 9);
    const restored = LearnedOdds.from(JSON.parse(JSON.stringify(odds.store())));
    for (const one of [odds, restored]) {
      one.advance(NOON + TTL);
      expect(one.probability(state, NOON, TTL)).toBeGreaterThan(prior + 0.1);
    }
  });

  test('are the same after a round trip through JSON, and refuse what is broken or of another version', () => {
    const odds = new LearnedOdds();
    learn(odds, 500, 0.7);
    const stored = JSON.parse(JSON.stringify(odds.store()));
    const restored = LearnedOdds.from(stored);
    const state = aKey(3, 'a key');
    expect(restored.probability(state, NOON, TTL)).toBeCloseTo(odds.probability(state, NOON, TTL), 4);
    expect(restored.settledPeriods).toBe(500);
    for (const broken of [
      null,
      { ...stored, version: 1 },
      { ...stored, settled: 'many' },
      { ...stored, weights: stored.weights.slice(1) },
      { ...stored, seen: stored.seen.map(() => -1) },
      { ...stored, linear: { ...stored.linear, unsure: stored.linear.unsure.slice(1) } },
      { ...stored, linear: { ...stored.linear, weights: stored.linear.weights.map(() => null) } },
      { ...stored, pending: { ...stored.pending, waiting: 'AAAA' } },
      { ...stored, pending: undefined },
    ])
      expect(() => LearnedOdds.from(broken)).toThrow('broken');
  });
});

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ExpectedReturns } from './expected-returns.js';

const NOON = Date.UTC(2024, 0, 1, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const times = fc.integer({ min: 0, max: 97 * DAY });
const warms = fc.array(
  fc.record({ amount: fc.double({ min: 0, max: 1, noNaN: true }), afterMs: times, waitMs: times }),
  { maxLength: 20 },
);

interface Warm {
  readonly amount: number;
  readonly afterMs: number;
  readonly waitMs: number;
}

/** Warms that are made one after another, and the time of the last. */
function expectedOf(made: readonly Warm[]): { returns: ExpectedReturns; now: number } {
  const returns = new ExpectedReturns();
  let now = NOON;
  for (const { amount, afterMs, waitMs } of made) {
    returns.advance((now += waitMs));
    returns.add(amount, afterMs);
  }
  return { returns, now };
}

describe('what warms are expected to save', () => {
  test('comes sooner or later, and once: what comes until a time, and what is left then, make the whole', () => {
    fc.assert(
      fc.property(warms, times, (made, ms) => {
        const { returns, now } = expectedOf(made);
        const [soon, whole] = [returns.within(ms), returns.within(Infinity)];
        returns.advance(now + ms);
        expect(soon + returns.within(Infinity)).toBeCloseTo(whole, 9);
      }),
    );
  });

  test('comes by about its time in the mean, from a second to 97 days', () => {
    fc.assert(
      fc.property(fc.double({ min: 1_000, max: 97 * DAY, noNaN: true }), (afterMs) => {
        const { returns } = expectedOf([{ amount: 1, afterMs, waitMs: 0 }]);
        expect(returns.within(Infinity)).toBe(1);
        // An exponential with that mean has brought 63 % by then; means are rounded by a factor of the root of two.
        expect(returns.within(afterMs)).toBeGreaterThan(0.5);
        expect(returns.within(afterMs)).toBeLessThan(0.76);
      }),
    );
  });

  test('is nothing of a warm that nobody will ever read', () => {
    const { returns } = expectedOf([{ amount: 0, afterMs: Infinity, waitMs: 0 }]);
    returns.advance(NOON + DAY);
    expect(returns.within(Infinity)).toBe(0);
  });

  test('is not brought back by a clock that is', () => {
    const { returns, now } = expectedOf([{ amount: 1, afterMs: 60_000, waitMs: 0 }]);
    returns.advance(now + 60_000);
    const left = returns.within(Infinity);
    returns.advance(now);
    returns.advance(now + 60_000);
    expect(returns.within(Infinity)).toBe(left);
  });

  test('fades as well where it is stored every second', () => {
    let { returns } = expectedOf([{ amount: 0.1, afterMs: HOUR, waitMs: 0 }]);
    let now = NOON;
    for (; now < NOON + HOUR; now += 1_000) {
      returns.advance(now);
      returns = ExpectedReturns.from(JSON.parse(JSON.stringify(returns.store())), now);
    }
    expect(returns.within(Infinity)).toBeLessThan(0.05);
  });

  test('goes on where it was when it is stored, and refuses what it did not store', () => {
    const { returns, now } = expectedOf([
      { amount: 1, afterMs: 60_000, waitMs: 0 },
      { amount: 0.5, afterMs: DAY, waitMs: 5_000 },
    ]);
    const restored = ExpectedReturns.from(JSON.parse(JSON.stringify(returns.store())), now);
    for (const one of [returns, restored]) one.advance(now + 30_000);
    for (const ms of [1_000, 60_000, Infinity])
      expect(restored.within(ms)).toBeCloseTo(returns.within(ms), 3);
    for (const broken of [undefined, {}, [1], [...returns.store(), 1], returns.store().map(() => null)])
      expect(() => ExpectedReturns.from(broken, null)).toThrow('broken');
  });
});

import { describe, expect, test } from '@jest/globals';
import { LearnedOdds, WarmBudget, WarmForecast, withReads } from '#libs/forecast';
import { forecastBody } from './forecast-body.js';
import { forecastOf, knownForecast } from './known-forecast.js';

const AT = Date.UTC(2026, 2, 2, 12);
const LIFETIME = 60_000;
const DEMAND = withReads(undefined, { reads: 2, firstAt: AT - 1_000, lastAt: AT - 1 });

/** What the workers store after these settled periods, as Postgres gives it back. */
function learned(periods: readonly { warmed: boolean; wasRead: boolean }[], share = 0.1): unknown {
  const forecast = new WarmForecast(new WarmBudget(share));
  for (const { warmed, wasRead } of periods) {
    const period = { from: AT, until: AT + LIFETIME, warmed };
    if (wasRead)
      forecast.countReads(DEMAND, { reads: 1, firstAt: AT + 1, lastAt: AT + 1 }, period, undefined);
    else forecast.settleUnread(DEMAND, period);
  }
  return JSON.parse(JSON.stringify(forecast.store()));
}

const USED = { warmed: true, wasRead: true };
const WASTED = { warmed: true, wasRead: false };
const MISSED = { warmed: false, wasRead: true };

describe('the forecast as operators see it', () => {
  test('says what was learned, how good it was, and what is left to spend', () => {
    const body = forecastBody({ learned: learned([USED, USED, USED, WASTED, MISSED]), savedAt: AT });
    expect(body).toEqual({
      model: { version: 3, state: 'learned', settledPeriods: 5, savedAt: '2026-03-02T12:00:00.000Z' },
      outcomes: { used: 3, wasted: 1, skipped: 0, missed: 1 },
      precision: 3 / 4,
      recall: 3 / 4,
      calibration: {
        brier: expect.any(Number),
        error: expect.any(Number),
        curve: expect.any(Array),
      },
      budget: { allowed: 0.1, load: 1, threshold: 2 },
    });
  });

  test('says how far its probabilities could be trusted, by how likely they said a read is', () => {
    const { curve, error, brier } = forecastBody({
      learned: learned([USED, USED, WASTED]),
      savedAt: AT,
    }).calibration;
    const periods = curve.reduce((sum, bin) => sum + bin.periods, 0);
    expect(periods).toBe(3);
    for (const { expected, read } of curve) {
      expect(expected).toBeGreaterThan(0.5); // it has just been read twice
      expect(read).toBeGreaterThanOrEqual(0);
      expect(read).toBeLessThanOrEqual(1);
    }
    const off = curve.reduce((sum, bin) => sum + bin.periods * Math.abs(bin.expected - bin.read), 0);
    expect(error).toBeCloseTo(off / periods, 2);
    expect(brier).toBeGreaterThan(0.2); // a third of them was read by nobody
  });

  test('before anything is stored, or learned, is the prior, and nothing is said of how good it was', () => {
    expect(forecastBody({ learned: null, savedAt: null })).toEqual({
      model: { version: null, state: 'prior', settledPeriods: 0, savedAt: null },
      outcomes: { used: 0, wasted: 0, skipped: 0, missed: 0 },
      precision: null,
      recall: null,
      calibration: { brier: null, error: null, curve: [] },
      budget: { allowed: null, load: null, threshold: null },
    });
    expect(forecastBody({ learned: learned([]), savedAt: AT })).toMatchObject({
      model: { state: 'prior', version: 3 },
      budget: { allowed: 0.1 },
    });
  });

  test('of who may not warm has no threshold that could be reached', () => {
    expect(forecastBody({ learned: learned([USED], 0), savedAt: AT }).budget).toEqual({
      allowed: 0,
      load: 1,
      threshold: null,
    });
  });

  test.each([
    ['no model'],
    [{}],
    [{ odds: { version: 99 } }],
    [{ ...(learned([USED]) as object), budget: {} }],
  ])('%# that is broken says so', (broken) => {
    expect(forecastBody({ learned: broken, savedAt: AT })).toMatchObject({
      model: { state: 'broken', version: null },
      budget: { allowed: null },
    });
  });
});

describe('the odds that hot keys go by', () => {
  const probability = (stored: unknown) =>
    forecastOf(knownForecast(stored)).forecast.odds.probability(DEMAND, AT, LIFETIME);
  const prior = new LearnedOdds().probability(DEMAND, AT, LIFETIME);

  test('are those that were learned', () => {
    const stored = learned(Array.from({ length: 200 }, () => WASTED));
    expect(probability(stored)).toBeLessThan(0.5 * prior);
    expect(forecastOf(knownForecast(stored)).state).toBe('learned');
  });

  test.each([[null], ['broken']])('are the prior where %p is stored', (stored) => {
    expect(probability(stored)).toBe(prior);
    expect(forecastOf(knownForecast(stored)).state).toBe('prior');
  });
});

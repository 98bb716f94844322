import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../content-change.js';
import type { Trace, TraceRead } from '../trace.js';
import { HALF_PERIODIC, halfPeriodic } from './half-periodic.js';
import { replayFixed } from './known-policies.js';
import { STILL_ORIGIN } from './origin.js';
import { type WarmlinkReplay, WarmlinkStrategy } from './warmlink.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function replayed(trace: Trace, ttlMs: number, options: Partial<WarmlinkReplay> = {}) {
  const lifetimes = { ttlMs, graceMs: ttlMs };
  const strategy = new WarmlinkStrategy(STILL_ORIGIN, {
    lifetimes,
    budgetShare: 0.1,
    windowMs: 10_000,
    ...options,
  });
  return { tally: strategy.replay(trace), calibration: strategy.forecast.calibration };
}

describe('keys of which half are polled and half are read at random', () => {
  const trace = halfPeriodic(HALF_PERIODIC);
  const aside = replayFixed(trace, STILL_ORIGIN, { ttlMs: 5 * MINUTE, graceMs: 0, refreshAhead: false });

  test('are fresh at 68 % of their reads and more, at a tenth more load', () => {
    const { tally, calibration } = replayed(trace, 5 * MINUTE);
    expect(aside.fresh / aside.reads).toBeLessThan(0.35);
    expect(tally.fresh / tally.reads).toBeGreaterThan(0.68);
    expect(tally.fetches / aside.fetches).toBeLessThanOrEqual(1.105);
    expect(calibration.error).toBeLessThan(0.03);
  });

  test('have half of their reads polled, with intervals that spread as they are said to', () => {
    const at = trace.reads.filter(({ key }) => key === 'polled 0').map((read) => read.at);
    const gaps = at.slice(1).map((one, index) => one - at[index]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.03);
    expect(deviation / mean).toBeLessThan(0.07);
  });
});

describe('keys that are read on weekday mornings alone', () => {
  const MONDAY = Date.UTC(2026, 0, 5);
  const random = seededRandom('weekday mornings');
  const reads: TraceRead[] = [];
  for (let day = 0; day < 15; day += 1) {
    for (let beat = 0; beat < 24 * 60; beat += 1)
      // traffic that never sleeps, of keys that come and go
      reads.push({ at: MONDAY + day * DAY + beat * MINUTE, key: `other ${Math.floor(random() ** 3 * 900)}` });
    if (day % 7 >= 5) continue;
    for (let key = 0; key < 60; key += 1)
      if (random() < 0.9)
        reads.push({
          at: MONDAY + day * DAY + 9.5 * HOUR + Math.floor(random() * 5 * MINUTE),
          key: `opens ${key}`,
        });
  }
  const trace = {
    reads: reads.toSorted((one, other) => one.at - other.at),
    brokenLines: 0,
    unsortedLines: 0,
  };

  test('are warm when they are read, from the second week on, and left alone at weekends', () => {
    const warmed: { key: string; at: number }[] = [];
    replayed(trace, HOUR, {
      onDecision: ({ key, at, warm }) => {
        if (warm && key.startsWith('opens')) warmed.push({ key, at });
      },
    });
    const later = trace.reads.filter(({ key, at }) => key.startsWith('opens') && at >= MONDAY + 8 * DAY);
    const warm = later.filter((read) =>
      warmed.some(({ key, at }) => key === read.key && at < read.at && read.at < at + HOUR),
    );
    expect(warm.length / later.length).toBeGreaterThan(0.85);
    const weekends = warmed.filter(({ at }) => Math.floor((at - MONDAY) / DAY) % 7 >= 5);
    expect(weekends.length).toBeLessThan(6);
  });
});

import { describe, expect, test } from '@jest/globals';
import { readRatios, statisticsBody, statisticsSpan } from './statistics.js';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 2, 2, 12);

describe('the span of statistics', () => {
  test('begins at a multiple of the step, and ends now', () => {
    const now = NOON + 90_000;
    expect(statisticsSpan(now, 10 * MINUTE, 5 * MINUTE)).toEqual({
      from: NOON - 10 * MINUTE,
      until: now,
      stepMs: 5 * MINUTE,
    });
  });
});

describe('statistics', () => {
  const span = { from: NOON, until: NOON + 2.5 * MINUTE, stepMs: MINUTE };

  test('are summed up by step and in all, by what they are of', () => {
    const body = statisticsBody(span, [
      { at: NOON, name: 'read.fresh.L1', amount: 3 },
      { at: NOON, name: 'visit.scrape.page', amount: 1 },
      { at: NOON, name: 'skip.warm.disallowed', amount: 1 },
      { at: NOON + 2 * MINUTE, name: 'read.fresh.L1', amount: 2 },
      { at: NOON + 2 * MINUTE, name: 'read.missing', amount: 5 },
      { at: NOON + 2 * MINUTE, name: 'warm.used', amount: 4 },
    ]);
    expect(body).toEqual({
      from: '2026-03-02T12:00:00.000Z',
      until: '2026-03-02T12:02:30.000Z',
      step: MINUTE,
      totals: {
        reads: { 'fresh.L1': 5, missing: 5 },
        visits: { 'scrape.page': 1 },
        skips: { 'warm.disallowed': 1 },
        warms: { used: 4 },
      },
      ratios: { fresh: 0.5, stale: 0, missing: 0.5 },
      series: [
        {
          at: '2026-03-02T12:00:00.000Z',
          reads: { 'fresh.L1': 3 },
          visits: { 'scrape.page': 1 },
          skips: { 'warm.disallowed': 1 },
          warms: {},
        },
        { at: '2026-03-02T12:01:00.000Z', reads: {}, visits: {}, skips: {}, warms: {} },
        {
          at: '2026-03-02T12:02:00.000Z',
          reads: { 'fresh.L1': 2, missing: 5 },
          visits: {},
          skips: {},
          warms: { used: 4 },
        },
      ],
    });
  });

  test('of nothing have their steps all the same', () => {
    const { series, totals, ratios } = statisticsBody(span, []);
    expect(series).toHaveLength(3);
    expect(totals).toEqual({ reads: {}, visits: {}, skips: {}, warms: {} });
    expect(ratios).toEqual({ fresh: null, stale: null, missing: null });
  });

  test('add up: what lies beyond the steps is in no total, and neither are names that are not known', () => {
    const { totals } = statisticsBody(span, [
      { at: NOON + 3 * MINUTE, name: 'read.missing', amount: 1 },
      { at: NOON, name: 'other.missing', amount: 1 },
      { at: NOON, name: 'read.constructor', amount: 1 },
    ]);
    expect(totals).toEqual({ reads: { constructor: 1 }, visits: {}, skips: {}, warms: {} });
  });
});

describe('ratios of reads', () => {
  test('take who got nothing at once for a missing one', () => {
    const reads = { 'fresh.L1': 2, 'fresh.L3': 1, 'stale.L2': 1, missing: 2, pending: 1, failed: 1 };
    expect(readRatios(reads)).toEqual({ fresh: 3 / 8, stale: 1 / 8, missing: 4 / 8 });
  });

  test('count no read twice', () => {
    expect(readRatios({ 'fresh.L1': 1, warmed: 1, uncounted: 1, dropped: 9 })).toEqual({
      fresh: 1,
      stale: 0,
      missing: 0,
    });
  });
});

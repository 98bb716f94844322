import { expect, test } from '@jest/globals';
import { type DemandState, withReads } from './demand-state.js';
import { nextWake } from './wake.js';
import { whyRhythmic } from './why-rhythmic.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY_NINE = Date.UTC(2026, 2, 2, 9);

function readAt(times: readonly number[]): DemandState {
  return times.reduce<DemandState | undefined>(
    (state, at) => withReads(state, { reads: 1, firstAt: at, lastAt: at }),
    undefined,
  )!;
}

test('a beat says how long it is, and how sure', () => {
  const polled = (gapMs: number) => readAt(Array.from({ length: 8 }, (_, nth) => MONDAY_NINE + nth * gapMs));
  const beat = { at: MONDAY_NINE + 8 * HOUR, kind: 'beat' } as const;
  expect(whyRhythmic(beat, polled(30 * MINUTE), HOUR)).toBe('Read every 30 min, give or take 2 %.');
  expect(whyRhythmic(beat, polled(3 * HOUR), HOUR)).toBe('Read every 3 h, give or take 2 %.');
});

test('a wake says on which days there was a read', () => {
  const daily = readAt([0, 1, 3].map((day) => MONDAY_NINE + day * DAY));
  const { at } = nextWake(daily, MONDAY_NINE + 3 * DAY + 4 * HOUR, HOUR)!;
  expect(at).toBe(MONDAY_NINE + 4 * DAY);
  expect(whyRhythmic({ at, kind: 'wake' }, daily, HOUR)).toBe('Read about this time on 3 of 4 such days.');
  const weekly = readAt([0, 7, 14].map((day) => MONDAY_NINE + day * DAY));
  const monday = nextWake(weekly, MONDAY_NINE + 21 * DAY - HOUR, HOUR)!;
  expect(whyRhythmic({ at: monday.at, kind: 'wake' }, weekly, HOUR)).toMatch(/, and in 3 of 3 weeks\.$/);
});

test.each(['beat', 'wake'] as const)('a %s that is gone says nothing', (kind) => {
  const once = readAt([MONDAY_NINE]);
  expect(whyRhythmic({ at: MONDAY_NINE + DAY, kind }, once, HOUR)).toBeUndefined();
});

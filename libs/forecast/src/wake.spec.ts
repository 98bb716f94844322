import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '../../../bench/src/content-change.js';
import { type DemandState, withReads } from './demand-state.js';
import { nextWake } from './wake.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2026, 0, 5);
const NINE_THIRTY = 9.5 * HOUR;

function readAt(times: readonly number[]): DemandState {
  return times.reduce<DemandState | undefined>(
    (state, at) => withReads(state, { reads: 1, firstAt: at, lastAt: at }),
    undefined,
  )!;
}

/** A key that is read at half past nine on these days, counted from a Monday. */
const readOn = (days: readonly number[]) => readAt(days.map((day) => MONDAY + day * DAY + NINE_THIRTY));

const FOUR_WEEKS = Array.from({ length: 28 }, (_, day) => day);
const WORKDAYS = FOUR_WEEKS.filter((day) => day % 7 < 5);

/** The days, counted from the Monday after four weeks, on which a wake is more likely than not, as nobody comes. */
function expectedDays(state: DemandState, days = 8): number[] {
  const likely: number[] = [];
  let wake = nextWake(state, MONDAY + 28 * DAY, HOUR);
  while (wake !== undefined && wake.at < MONDAY + (28 + days) * DAY) {
    if (wake.attendance.prior > 0.5) likely.push(Math.floor((wake.at - MONDAY) / DAY) - 28);
    wake = nextWake(state, wake.over, HOUR);
  }
  return likely;
}

describe('the next wake', () => {
  test('of a key that is read on working days is on none of the weekend', () => {
    expect(expectedDays(readOn(WORKDAYS))).toEqual([0, 1, 2, 3, 4, 7]);
    expect(nextWake(readOn(WORKDAYS), MONDAY + 26 * DAY, HOUR)!.at).toBe(
      MONDAY + 28 * DAY + NINE_THIRTY - 2 * MINUTE,
    );
  });

  test('of a key that is read every day, or on Mondays alone, is on those', () => {
    expect(expectedDays(readOn(FOUR_WEEKS))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(expectedDays(readOn([0, 7, 14, 21]))).toEqual([0, 7]);
  });

  test('is just before the earliest minute, never in another hour of the clock, and over when the read is late', () => {
    const minutes = fc.integer({ min: 0, max: 59 });
    const lifetimes = fc.integer({ min: 60, max: 86_400 }).map((seconds) => seconds * 1_000);
    fc.assert(
      fc.property(minutes, lifetimes, fc.integer({ min: 0, max: 23 }), (minute, ttlMs, hour) => {
        const usual = hour * HOUR + minute * MINUTE;
        const state = readAt(FOUR_WEEKS.map((day) => MONDAY + day * DAY + usual));
        const wake = nextWake(state, MONDAY + 28 * DAY, ttlMs)!;
        const expected = MONDAY + 28 * DAY + usual;
        expect(wake.at).toBeGreaterThanOrEqual(MONDAY + 28 * DAY + hour * HOUR);
        expect(expected - wake.at).toBeLessThanOrEqual(Math.min(2 * MINUTE, ttlMs / 10));
        expect(wake.at).toBeLessThanOrEqual(expected);
        expect(wake.over).toBe(expected + 10 * MINUTE);
        expect(nextWake(state, wake.over - 1, ttlMs)).toEqual(wake);
        expect(nextWake(state, wake.over, ttlMs)!.at).toBe(wake.at + DAY);
      }),
    );
  });

  test('is none that is due while the key is awake', () => {
    const state = readOn([...WORKDAYS, 28]);
    const wake = nextWake(state, state.lastReadAt + MINUTE, HOUR)!;
    expect(wake.at).toBe(MONDAY + 29 * DAY + NINE_THIRTY - 2 * MINUTE);
  });
});

describe('a key has no habit', () => {
  const none = (state: DemandState) => expect(nextWake(state, state.lastReadAt + HOUR, HOUR)).toBeUndefined();

  test('after one day', () => none(readOn([0])));

  test('where it is woken up at minutes that lie further apart than a quarter of an hour', () =>
    none(
      readAt(
        FOUR_WEEKS.map((day) => MONDAY + day * DAY + 9 * HOUR + ((day % 7) % 2 === 0 ? 5 : 50) * MINUTE),
      ),
    ));

  test('where it is woken up at any hour', () => {
    const random = seededRandom('any hour');
    none(readAt(FOUR_WEEKS.map((day) => MONDAY + day * DAY + Math.floor(22 * random()) * HOUR)));
  });

  test('when it has not been read for eight weeks', () => {
    const state = readOn(WORKDAYS);
    expect(nextWake(state, state.lastReadAt + 30 * DAY, HOUR)).toBeUndefined();
  });
});

describe('attendance', () => {
  const onMonday = (days: readonly number[]) => nextWake(readOn(days), MONDAY + 28 * DAY, HOUR)!.attendance;

  test('looks back upon six days of the kind and four weeks, and upon no weekend', () => {
    expect(onMonday(WORKDAYS)).toMatchObject({ days: 6, missedDays: 0, weeks: 4, missedWeeks: 0, share: 1 });
  });

  test('says how long it has been away, and in which weeks', () => {
    const lately = WORKDAYS.filter((day) => day < 24 && day !== 22 && day !== 7);
    expect(onMonday(lately)).toMatchObject({
      absentDays: 2,
      missedDays: 3,
      days: 3,
      weeks: 3,
      missedWeeks: 1,
    });
  });

  test('does not hold days against a key on which it did not exist', () => {
    expect(onMonday([24, 25])).toMatchObject({ days: 2, missedDays: 0, weeks: 0, missedWeeks: 0 });
  });

  test('is less likely with each day that was missed', () => {
    const priors = [25, 24, 23, 22].map(
      (last) => onMonday(WORKDAYS.filter((day) => day <= last && day % 7 > 0)).prior,
    );
    expect(priors).toEqual(priors.toSorted((one, other) => other - one));
    expect(priors[3]).toBeLessThan(priors[0]! - 0.3);
  });

  test('of one key is not mixed up with that of another', () => {
    const [one, other] = [readOn(WORKDAYS), readAt([0, 1, 2].map((day) => MONDAY + day * DAY + 20 * HOUR))];
    const alone = nextWake(one, MONDAY + 28 * DAY, HOUR);
    nextWake(other, MONDAY + 3 * DAY, HOUR);
    expect(nextWake(one, MONDAY + 28 * DAY, HOUR)).toEqual(alone);
    expect(alone!.attendance.share).toBe(1);
  });
});

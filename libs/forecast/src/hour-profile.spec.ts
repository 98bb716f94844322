import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  aged,
  type HourProfile,
  hourOfWeek,
  HOURS_OF_WEEK,
  NO_HOURS,
  weeksBetween,
  withWake,
} from './hour-profile.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2024, 0, 1);
const hours = fc.integer({ min: 0, max: HOURS_OF_WEEK - 1 });
const times = fc.integer({ min: -8.64e15, max: 8.64e15 });

/** A profile after a read in each of these hours of the week, in this order. */
const profileOf = (read: readonly number[]): HourProfile =>
  read.reduce((profile, hour) => withWake(profile, MONDAY + hour * HOUR), NO_HOURS);

describe('the hour of the week', () => {
  test.each([
    ['Monday 00:00', '2024-01-01T00:00:00.000Z', 0],
    ['the last moment of Sunday', '2024-01-07T23:59:59.999Z', 167],
    ['Monday at nine, a leap year later', '2024-03-04T09:30:00.000Z', 9],
    ['the epoch, a Thursday', '1970-01-01T00:00:00.000Z', 72],
    ['the moment before the epoch', '1969-12-31T23:59:59.999Z', 71],
    ['a Monday before the epoch', '1969-12-29T00:00:00.000Z', 0],
    ['the Sunday before it', '1969-12-28T23:00:00.000Z', 167],
  ])('of %s is counted from Monday 00:00 UTC', (_, at, hour) => {
    expect(hourOfWeek(Date.parse(at))).toBe(hour);
  });

  test("agrees with the calendar, before the epoch and after, to a Date's ends", () => {
    fc.assert(
      fc.property(times, (at) => {
        const date = new Date(at);
        expect(hourOfWeek(at)).toBe(((date.getUTCDay() + 6) % 7) * 24 + date.getUTCHours());
      }),
    );
  });
});

test('weeks lie between two times whose Mondays they are', () => {
  expect(weeksBetween(MONDAY, MONDAY + 7 * 24 * HOUR - 1)).toBe(0);
  expect(weeksBetween(MONDAY - 1, MONDAY)).toBe(1);
  expect(weeksBetween(MONDAY, MONDAY + 21 * 24 * HOUR)).toBe(3);
  expect(weeksBetween(MONDAY, MONDAY - 1)).toBe(-1);
});

describe('an hour profile', () => {
  test('holds a sorted triple for each hour in which the key was woken up', () => {
    fc.assert(
      fc.property(fc.array(hours, { maxLength: 200 }), (read) => {
        const distinct = [...new Set(read)].sort((one, other) => one - other);
        expect(Array.from(profileOf(read))).toEqual(distinct.flatMap((hour) => [hour, 1, 0]));
      }),
    );
  });

  test('is of eight weeks: it moves by as many as have gone, and forgets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (one, other) => {
        const profile = profileOf([3, 90]);
        expect(aged(aged(profile, one), other)).toEqual(aged(profile, one + other));
      }),
    );
    expect(Array.from(aged(profileOf([3]), 7))).toEqual([3, 0x80, 0]);
    expect(aged(profileOf([3]), 8)).toHaveLength(0);
  });

  test("isn't changed by the one that follows it", () => {
    const before = profileOf([9]);
    withWake(aged(before, 1), MONDAY + 9 * HOUR);
    expect(Array.from(before)).toEqual([9, 1, 0]);
  });
});

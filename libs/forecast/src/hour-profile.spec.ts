import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type HourProfile,
  hourOfWeek,
  HOURS_OF_WEEK,
  isSameHour,
  NO_HOURS,
  weeksWithReads,
  withHour,
} from './hour-profile.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2024, 0, 1);
const hours = fc.integer({ min: 0, max: HOURS_OF_WEEK - 1 });
const times = fc.integer({ min: -8.64e15, max: 8.64e15 });

/** A profile after a read in each of these hours of the week, in this order. */
const profileOf = (read: readonly number[]): HourProfile =>
  read.reduce((profile, hour) => withHour(profile, MONDAY + hour * HOUR), NO_HOURS);

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

  test('is the same hour of the calendar only within the same week', () => {
    expect(isSameHour(MONDAY, MONDAY + HOUR - 1)).toBe(true);
    expect(isSameHour(MONDAY - 1, MONDAY)).toBe(false);
    expect(isSameHour(MONDAY, MONDAY + HOURS_OF_WEEK * HOUR)).toBe(false);
    expect(isSameHour(-1, 0)).toBe(false);
    expect(isSameHour(-1, -HOUR)).toBe(true);
  });
});

describe('an hour profile', () => {
  test('holds a sorted pair for each hour with reads, with the number of its weeks', () => {
    fc.assert(
      fc.property(fc.array(hours, { maxLength: 200 }), (read) => {
        const counts = new Map<number, number>();
        for (const hour of read) counts.set(hour, (counts.get(hour) ?? 0) + 1);
        const pairs = [...counts].sort(([one], [other]) => one - other);
        expect(Array.from(profileOf(read))).toEqual(pairs.flat());
      }),
    );
  });

  test('tells the weeks of each hour, and 0 for an hour without reads', () => {
    const profile = profileOf([9, 100, 9, 0, 167]);
    const told = [0, 1, 8, 9, 10, 99, 100, 101, 166, 167].map((hour) => weeksWithReads(profile, hour));
    expect(told).toEqual([1, 0, 0, 2, 0, 0, 1, 0, 0, 1]);
    expect(weeksWithReads(NO_HOURS, 0)).toBe(0);
  });

  test('takes two bytes an hour, and never more than 336', () => {
    expect(profileOf([9])).toHaveLength(2);
    expect(profileOf([9, 9, 9])).toHaveLength(2);
    const whole = Array.from({ length: HOURS_OF_WEEK }, (_, hour) => (hour * 53) % HOURS_OF_WEEK);
    expect(profileOf([...whole, ...whole])).toHaveLength(336);
  });

  test('is left as it was by the read that follows', () => {
    const before = profileOf([9, 20]);
    const copy = Uint8Array.from(before);
    withHour(before, MONDAY + 9 * HOUR);
    withHour(before, MONDAY + 10 * HOUR);
    expect(before).toEqual(copy);
  });

  test('fades by halves, rounded up, once an hour has seen 255 weeks: no hour is forgotten', () => {
    const full = Uint8Array.of(3, 1, 9, 255, 20, 4, 21, 5);
    expect(Array.from(withHour(full, MONDAY + 9 * HOUR))).toEqual([3, 1, 9, 129, 20, 2, 21, 3]);
    expect(Array.from(withHour(full, MONDAY + 3 * HOUR))).toEqual([3, 2, 9, 255, 20, 4, 21, 5]);
  });

  test('never counts beyond a byte', () => {
    let profile = NO_HOURS;
    for (let week = 0; week < 2_000; week += 1) {
      profile = withHour(profile, MONDAY + (week * HOURS_OF_WEEK + 9) * HOUR);
      expect(weeksWithReads(profile, 9)).toBeGreaterThan(Math.min(week, 127));
    }
    expect(profile).toHaveLength(2);
  });
});

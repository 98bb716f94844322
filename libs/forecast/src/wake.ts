import type { DemandState } from './demand-state.js';
import {
  BYTES_PER_HOUR,
  type HourProfile,
  hourOfWeek,
  HOURS_OF_WEEK,
  SLEEP_MS,
  weeksBetween,
} from './hour-profile.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A time at which a sleeping key is expected to be read, in ms since the epoch. */
export interface Wake {
  /** When a copy is to be there: shortly before. */
  readonly at: number;
  /** When it is over, and the key has not been read. */
  readonly over: number;
  readonly attendance: Attendance;
}

/** In which of the days and weeks before a key was read at this hour. */
export interface Attendance {
  /** Of the last six days of this kind (working days, or those of a weekend) that the key has lived: on how many, on how many not, and on how many in a row not. */
  readonly days: number;
  readonly missedDays: number;
  readonly absentDays: number;
  /** The same of the same day in the last four weeks. */
  readonly weeks: number;
  readonly missedWeeks: number;
  /** How much of all that woke the key up happened at this hour of the day, from 0 to 1. */
  readonly share: number;
  /** Of a read at this hour, by these alone, from 0 to 1. */
  readonly prior: number;
}

/** Days of a kind, and weeks, that are looked back upon. */
const LOOK_BACK = { days: 6, weeks: 4 };

/** How far ahead wakes are looked for, in hours: a week and a day. */
const HORIZON_HOURS = 8 * 24;

/** Wakes that are less likely than this are not worth a decision. */
const LEAST_PRIOR = 0.1;

/**
 * A key that was woken up at an hour once, or at minutes that lie further apart, or mostly at others, has no habit there: most keys are woken up at some hour or
 * other.
 */
const HABIT = { times: 2, withinMinutes: 15, ofWakes: 1 / 3 };

/** How long before the earliest minute of so far a copy is renewed: no more than a tenth of its lifetime. */
const LEAD = { mostMs: 2 * MINUTE_MS, ofLifetime: 1 / 10 };

/** How long after it the read is still expected, in ms. */
const LATE_MS = 10 * MINUTE_MS;

/**
 * The next wake that isn't over at `from`, or undefined. It is in the same hour of the clock as the read that is expected: a load that is promised for every
 * hour is to be spent in the one in which it is earned.
 */
export function nextWake(state: DemandState, from: number, ttlMs: number): Wake | undefined {
  if (!mayHaveHabit(state.hours)) return undefined; // as with most: it would cost ten times as much to find none
  const profile = new Unfolded(state);
  const firstHour = Math.floor((from - LATE_MS) / HOUR_MS) * HOUR_MS; // a read of the hour before may be late
  for (let ahead = 0; ahead < HORIZON_HOURS; ahead += 1) {
    const hour = firstHour + ahead * HOUR_MS;
    const minute = profile.minuteAt(hour);
    if (minute === undefined) continue;
    const expectedAt = hour + minute * MINUTE_MS;
    const at = Math.max(hour, expectedAt - Math.min(LEAD.mostMs, LEAD.ofLifetime * ttlMs));
    const over = expectedAt + LATE_MS;
    if (over <= from || at - state.lastReadAt < SLEEP_MS / 2) continue; // awake
    const attendance = profile.attendanceAt(hour);
    if (attendance.prior >= LEAST_PRIOR) return { at, over, attendance };
  }
  return undefined;
}

/** A profile with a place for each hour of the week; there is one at a time, as there is no need for more. */
class Unfolded {
  private static readonly seen = new Uint8Array(HOURS_OF_WEEK);
  /** Per hour of the day: the earliest and the latest minute of any day, or 255 and 0, and how often it was on any day. */
  private static readonly ofDay = new Uint8Array(24);
  private static readonly latest = new Uint8Array(24);
  private static readonly times = new Uint16Array(24);
  private wakes = 0;

  constructor(private readonly state: DemandState) {
    const { hours } = state;
    Unfolded.seen.fill(0);
    Unfolded.ofDay.fill(255);
    Unfolded.latest.fill(0);
    Unfolded.times.fill(0);
    for (let place = 0; place < hours.length; place += BYTES_PER_HOUR) {
      const hour = hours[place]!;
      Unfolded.seen[hour] = hours[place + 1]!;
      const times = bitsOf(hours[place + 1]!);
      this.wakes += times;
      Unfolded.times[hour % 24]! += times;
      Unfolded.ofDay[hour % 24] = Math.min(Unfolded.ofDay[hour % 24]!, hours[place + 2]!);
      Unfolded.latest[hour % 24] = Math.max(Unfolded.latest[hour % 24]!, hours[place + 2]!);
    }
  }

  /** The earliest minute of the hour in which there was a read on any day; undefined if there is no habit. */
  minuteAt(hour: number): number | undefined {
    const ofWeek = hourOfWeek(hour);
    const ofDay = Unfolded.ofDay[ofWeek % 24]!;
    const isHabit =
      Unfolded.times[ofWeek % 24]! >= Math.max(HABIT.times, HABIT.ofWakes * this.wakes) &&
      Unfolded.latest[ofWeek % 24]! - ofDay <= HABIT.withinMinutes;
    if (!isHabit) return undefined;
    return ofDay;
  }

  attendanceAt(hour: number): Attendance {
    const isWeekend = hourOfWeek(hour) >= 5 * 24;
    let [days, missedDays, absentDays, weeks, missedWeeks] = [0, 0, 0, 0, 0];
    for (let ago = 1; ago <= 7 * LOOK_BACK.weeks; ago += 1) {
      const before = hour - ago * DAY_MS;
      if (before + HOUR_MS <= this.state.firstReadAt) break;
      const wasRead = this.wasRead(before);
      if (ago % 7 === 0) {
        if (wasRead) weeks += 1;
        else missedWeeks += 1;
      }
      if (hourOfWeek(before) >= 5 * 24 !== isWeekend || days + missedDays >= LOOK_BACK.days) continue;
      if (wasRead) days += 1;
      else {
        if (days === 0) absentDays += 1;
        missedDays += 1;
      }
    }
    const byDay = (days + 0.3) / (days + missedDays + 1);
    const byWeek = (weeks + 0.3) / (weeks + missedWeeks + 1);
    const isSeen = days + weeks > 0;
    return {
      days,
      missedDays,
      absentDays,
      weeks,
      missedWeeks,
      share: Unfolded.times[hourOfWeek(hour) % 24]! / this.wakes,
      prior: isSeen ? Math.max(byDay, byWeek) : 0,
    };
  }

  private wasRead(hour: number): boolean {
    const weeks = weeksBetween(hour, this.state.lastReadAt);
    return weeks >= 0 && weeks < 8 && (Unfolded.seen[hourOfWeek(hour)]! & (1 << weeks)) !== 0;
  }
}

/** Whether there is an hour of the day at which the key was woken up so often that it may be a habit. */
function mayHaveHabit(hours: HourProfile): boolean {
  TIMES.fill(0);
  for (let place = 0; place < hours.length; place += BYTES_PER_HOUR) {
    const times = (TIMES[hours[place]! % 24]! += bitsOf(hours[place + 1]!));
    if (times >= HABIT.times) return true;
  }
  return false;
}

/** Per hour of the day; there is one, as there is no need for more. */
const TIMES = new Uint16Array(24);

/** How many bits of a byte are set. */
function bitsOf(byte: number): number {
  let bits = 0;
  for (let left = byte; left > 0; left &= left - 1) bits += 1;
  return bits;
}

import type { Attendance } from './wake.js';

export interface StoredHabitTable {
  readonly times: readonly number[];
  readonly read: readonly number[];
}

/** Shares of days with reads, days in a row without, weeks, whether most of the key's wakes are at this hour, and whether it is old enough for more than a campaign. */
const SHARES = 5;
const ABSENT = 4;
const WEEKS = 5;
const CELLS = SHARES * ABSENT * WEEKS * 2 * 2;

/** What is kept for fewer days (of its kind, the last six at the most) may as well end tomorrow: it says nothing of what has been kept for longer. */
const SETTLED_DAYS = 4;

/** What the prior weighs against what was seen in a cell, and how much of a cell's past another day leaves. */
const PRIOR_TIMES = 8;
const REMEMBER = 0.999;

/**
 * How often keys with a habit kept it, by how they had kept it before. A table and no logistic model: those who came are known within minutes, and all who stayed
 * away an hour later, and a count doesn't mind the order.
 */
export class HabitTable {
  private readonly times = new Float64Array(CELLS);
  private readonly read = new Float64Array(CELLS);

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown): HabitTable {
    if (!isStored(stored)) throw new Error('the stored habits are broken');
    const table = new HabitTable();
    table.times.set(stored.times);
    table.read.set(stored.read);
    return table;
  }

  store(): StoredHabitTable {
    const rounded = (value: number) => Math.round(value * 1e4) / 1e4;
    return { times: Array.from(this.times, rounded), read: Array.from(this.read, rounded) };
  }

  /** Probability of a read, by how the key kept its habit so far. */
  probability(attendance: Attendance): number {
    const cell = cellOf(attendance);
    return (this.read[cell]! + PRIOR_TIMES * attendance.prior) / (this.times[cell]! + PRIOR_TIMES);
  }

  learn(attendance: Attendance, wasRead: boolean): void {
    const cell = cellOf(attendance);
    this.times[cell] = REMEMBER * this.times[cell]! + 1;
    this.read[cell] = REMEMBER * this.read[cell]! + (wasRead ? 1 : 0);
  }
}

function cellOf({ days, missedDays, absentDays, weeks, missedWeeks, share }: Attendance): number {
  const kept = days + missedDays === 0 ? 0 : days / (days + missedDays);
  const byDay = Math.min(SHARES - 1, Math.floor(SHARES * kept));
  const absent = Math.min(ABSENT - 1, absentDays);
  const byWeek =
    weeks + missedWeeks === 0 ? 0 : weeks === 0 ? 1 : missedWeeks > 0 ? 2 : Math.min(4, 2 + weeks);
  const ownHour = share >= 0.5 ? 1 : 0;
  const settled = days + missedDays >= SETTLED_DAYS ? 1 : 0;
  return (((byDay * ABSENT + absent) * WEEKS + byWeek) * 2 + ownHour) * 2 + settled;
}

function isStored(stored: unknown): stored is StoredHabitTable {
  if (typeof stored !== 'object' || stored === null) return false;
  const { times, read } = stored as Partial<StoredHabitTable>;
  const isCounts = (counts: unknown): counts is number[] =>
    Array.isArray(counts) &&
    counts.length === CELLS &&
    counts.every((count) => Number.isFinite(count) && count >= 0);
  return isCounts(times) && isCounts(read);
}

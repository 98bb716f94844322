import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../bench/src/content-change.js';
import { HabitTable } from './habit-table.js';
import type { Attendance } from './wake.js';

/** Four of the last six working days, and of the last weeks. */
const MOSTLY: Attendance = {
  days: 4,
  missedDays: 2,
  absentDays: 0,
  weeks: 2,
  missedWeeks: 1,
  share: 1,
  prior: 0.6,
};

function learned(attendance: Attendance, outcomes: readonly boolean[]): HabitTable {
  const table = new HabitTable();
  for (const wasRead of outcomes) table.learn(attendance, wasRead);
  return table;
}

/** Outcomes of which a share was read. */
function outcomes(count: number, share: number): boolean[] {
  const random = seededRandom(`habits ${share}`);
  return Array.from({ length: count }, () => random() < share);
}

describe('a habit', () => {
  test('is as likely to be kept as the key alone says, until there were days to learn from', () => {
    expect(new HabitTable().probability(MOSTLY)).toBeCloseTo(MOSTLY.prior);
    const once = learned(MOSTLY, [false]).probability(MOSTLY);
    expect(once).toBeLessThan(MOSTLY.prior);
    expect(once).toBeGreaterThan(0.8 * MOSTLY.prior);
  });

  test.each([0.05, 0.5, 0.95])('that is kept in %d of the cases is said to be', (share) => {
    const table = learned(MOSTLY, outcomes(800, share));
    expect(Math.abs(table.probability(MOSTLY) - share)).toBeLessThan(0.04);
  });

  test('is no less likely as those who stay away are known an hour after those who come', () => {
    const mixed = outcomes(300, 0.7);
    const sorted = mixed.toSorted((one, other) => Number(other) - Number(one));
    const [one, other] = [learned(MOSTLY, mixed), learned(MOSTLY, sorted)];
    expect(Math.abs(one.probability(MOSTLY) - other.probability(MOSTLY))).toBeLessThan(0.04);
  });

  test('that is given up by all is believed in no longer, after some months', () => {
    const table = learned(MOSTLY, [...outcomes(20_000, 0.9), ...outcomes(2_000, 0.1)]);
    expect(table.probability(MOSTLY)).toBeLessThan(0.25);
  });

  test.each<[string, Partial<Attendance>]>([
    ['was kept on all days', { days: 6, missedDays: 0 }],
    ['was missed the last three times', { absentDays: 3 }],
    ['was kept in every week', { weeks: 4, missedWeeks: 0 }],
    ['was never kept on this day of the week', { weeks: 0, missedWeeks: 3 }],
    ['is one of many hours', { share: 0.4 }],
    ['was kept as often, and is three days old', { days: 2, missedDays: 1 }],
  ])('that %s is another, of which nothing was learned', (_, differs) => {
    const other = { ...MOSTLY, ...differs };
    expect(learned(MOSTLY, outcomes(500, 0.1)).probability(other)).toBeCloseTo(other.prior);
  });
});

describe('a stored habit table', () => {
  test('says the same after a round trip through JSON', () => {
    const table = learned(MOSTLY, outcomes(500, 0.8));
    const restored = HabitTable.from(JSON.parse(JSON.stringify(table.store())));
    expect(restored.probability(MOSTLY)).toBeCloseTo(table.probability(MOSTLY), 5);
  });

  const stored = new HabitTable().store();
  test.each([
    ['nothing', undefined],
    ['without its reads', { times: stored.times }],
    ['of another length', { ...stored, read: stored.read.slice(1) }],
    ['with less than nothing', { ...stored, times: stored.times.map(() => -1) }],
  ])('is refused if it is %s', (_, broken) => {
    expect(() => HabitTable.from(broken)).toThrow('broken');
  });
});

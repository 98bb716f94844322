import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { DayPartitions } from './day-partitions.js';
import { HotPreviews } from './hot-previews.js';
import { migrate } from './migrate.js';
import { WarmInsight } from './warm-insight.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 2, 2, 12);

/** Longer than any test has. */
const LONG = 600_000;

let dataSource: DataSource;
let insight: WarmInsight;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 2)).initialize();
  await migrate(dataSource);
  await new DayPartitions(dataSource).ensure('minute_total', NOON);
  insight = new WarmInsight(dataSource);
});

afterAll(() => dataSource.destroy());

/** Totals as several writers have left them. */
async function left(at: number, name: string, ...amounts: readonly number[]): Promise<void> {
  await dataSource.query(
    `INSERT INTO minute_total SELECT $1, $2, slot, amount FROM unnest($3::float8[]) WITH ORDINALITY AS t (amount, slot)`,
    [new Date(at), name, amounts],
  );
}

describe('totals', () => {
  test('are summed up in steps that begin at multiples of their length', async () => {
    await left(NOON - MINUTE, 'read.missing', 1);
    await left(NOON, 'read.missing', 10, 20);
    await left(NOON + 59 * MINUTE, 'read.missing', 40);
    await left(NOON + 59 * MINUTE, 'visit.warm.page', 0.5);
    await left(NOON + HOUR, 'read.missing', 100);
    expect(await insight.totals(NOON, HOUR, LONG)).toEqual([
      { at: NOON, name: 'read.missing', amount: 70 },
      { at: NOON, name: 'visit.warm.page', amount: 0.5 },
      { at: NOON + HOUR, name: 'read.missing', amount: 100 },
    ]);
    const step = 7 * MINUTE;
    const steps = await insight.totals(NOON - HOUR, step, LONG);
    expect(steps.map(({ at }) => at % step)).toEqual(steps.map(() => 0));
    expect(steps.reduce((sum, { amount }) => sum + amount, 0)).toBe(171.5);
    expect(await insight.totals(0, 366 * 24 * HOUR, LONG)).toHaveLength(2);
  });
});

describe('what takes too long', () => {
  let slow: QueryRunner;

  afterEach(() => slow.release());

  test.each([
    ['minute_total', () => insight.totals(NOON, HOUR, 100)],
    ['demand', () => new HotPreviews(dataSource).hottest(NOON, 10, 100)],
  ])('of %s is ended by Postgres, and the connection is as it was', async (table, question) => {
    slow = dataSource.createQueryRunner();
    await slow.startTransaction();
    await slow.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await expect(question()).rejects.toThrow(/statement timeout/);
    expect(await dataSource.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }]);
    await slow.rollbackTransaction();
    await expect(question()).resolves.toBeDefined();
  });
});

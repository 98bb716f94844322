import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { type DailyTable, DayPartitions } from './day-partitions.js';
import { migrate } from './migrate.js';

const DAY = 86_400_000;
const MIDNIGHT = Date.UTC(2027, 0, 15);

let dataSource: DataSource;
let partitions: DayPartitions;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 6)).initialize();
  await migrate(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(async () => {
  for (const table of ['demand_chunk', 'minute_total'] as const)
    for (const name of await daysOf(table)) await dataSource.query(`DROP TABLE ${name}`);
  partitions = new DayPartitions(dataSource);
});

async function daysOf(table: DailyTable): Promise<readonly string[]> {
  const rows: readonly { name: string }[] = await dataSource.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1`,
    [table],
  );
  return rows.map(({ name }) => name);
}

function addChunk(endedAt: number): Promise<unknown> {
  const values = [randomUUID(), new Date(endedAt)];
  return dataSource.query('INSERT INTO demand_chunk (id, ended_at) VALUES ($1, $2)', values);
}

describe('a day', () => {
  test('has room from its first millisecond to its last, by UTC, and for no other', async () => {
    await partitions.ensure('demand_chunk', MIDNIGHT + DAY / 2);
    expect(await daysOf('demand_chunk')).toEqual(['demand_chunk_20270115']);
    await addChunk(MIDNIGHT);
    await addChunk(MIDNIGHT + DAY - 1);
    await expect(addChunk(MIDNIGHT - 1)).rejects.toThrow('no partition');
    await expect(addChunk(MIDNIGHT + DAY)).rejects.toThrow('no partition');
  });

  test('is made once, by however many processes that need it first, and at whichever of its moments', async () => {
    const processes = Array.from({ length: 20 }, () => new DayPartitions(dataSource));
    await Promise.all(processes.map((each, index) => each.ensure('minute_total', MIDNIGHT + index)));
    await Promise.all(processes.map((each) => each.ensure('minute_total', MIDNIGHT + DAY - 1)));
    expect(await daysOf('minute_total')).toEqual(['minute_total_20270115']);
    expect(await daysOf('demand_chunk')).toEqual([]);
  });

  test('goes when it lies wholly before a time, with what is in it, and no other day or table does', async () => {
    for (const days of [0, 1, 2, 3]) await partitions.ensure('demand_chunk', MIDNIGHT + days * DAY);
    await partitions.ensure('minute_total', MIDNIGHT);
    for (const days of [0, 1, 2, 3]) await addChunk(MIDNIGHT + days * DAY);
    expect(await partitions.dropBefore('demand_chunk', MIDNIGHT + 2 * DAY - 1)).toEqual([
      'demand_chunk_20270115',
    ]);
    expect(await partitions.dropBefore('demand_chunk', MIDNIGHT + 2 * DAY)).toEqual([
      'demand_chunk_20270116',
    ]);
    expect(await daysOf('demand_chunk')).toEqual(['demand_chunk_20270117', 'demand_chunk_20270118']);
    expect(await dataSource.query('SELECT count(*)::int AS left FROM demand_chunk')).toEqual([{ left: 2 }]);
    expect(await daysOf('minute_total')).toEqual(['minute_total_20270115']);
  });

  test('that is being read stays for now, and nobody who writes to another has to wait for long', async () => {
    for (const days of [0, 1]) await partitions.ensure('demand_chunk', MIDNIGHT + days * DAY);
    await dataSource.transaction(async (backup) => {
      await backup.query('SELECT count(*) FROM demand_chunk');
      const dropped = partitions.dropBefore('demand_chunk', MIDNIGHT + DAY);
      await expect(dropped).rejects.toThrow('lock timeout');
      await addChunk(MIDNIGHT + DAY);
    });
    expect(await partitions.dropBefore('demand_chunk', MIDNIGHT + DAY)).toEqual(['demand_chunk_20270115']);
  });

  test('that was dropped can be had again', async () => {
    await partitions.ensure('demand_chunk', MIDNIGHT);
    await partitions.dropBefore('demand_chunk', MIDNIGHT + DAY);
    await partitions.ensure('demand_chunk', MIDNIGHT);
    await addChunk(MIDNIGHT);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { aStoredPreview } from '../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';
import { UnreadRows, type UnreadTable } from './unread-rows.js';

const DAY = 86_400_000;
const NOW = Date.UTC(2027, 0, 15);
const BEFORE = NOW - 90 * DAY;

let dataSource: DataSource;
let rows: UnreadRows;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 4)).initialize();
  await migrate(dataSource);
  rows = new UnreadRows(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(() => dataSource.query('TRUNCATE preview, demand CASCADE'));

/** A page that was visited, and read last, so many days ago. */
async function aPage(name: string, visited: number, read?: number): Promise<string> {
  const fetchedAt = NOW - visited * DAY;
  const { key } = await aStoredPreview(dataSource, {
    at: `https://example.com/${name}`,
    fetchedAt,
    freshUntil: fetchedAt + DAY,
    staleUntil: fetchedAt + 2 * DAY,
  });
  if (read !== undefined) await aDemand(key, read);
  return key;
}

async function aDemand(key: string, read: number): Promise<void> {
  await dataSource.query(`INSERT INTO demand (key, last_read_at, heat, state) VALUES ($1, $2, 1, '')`, [
    key,
    NOW - read * DAY,
  ]);
}

async function keysOf(table: string): Promise<readonly string[]> {
  const found: readonly { key: string }[] = await dataSource.query(`SELECT key FROM ${table}`);
  return found.map(({ key }) => key).toSorted();
}

async function dropAll(table: UnreadTable, limit: number): Promise<readonly number[]> {
  const dropped: number[] = [];
  let cursor: string | undefined;
  do {
    const step = await rows.drop(table, BEFORE, cursor, limit);
    ({ cursor } = step);
    dropped.push(step.dropped);
  } while (cursor !== undefined);
  return dropped;
}

describe('a preview', () => {
  test('goes, with its plan, when it was neither read nor visited for long', async () => {
    const stay = [
      await aPage('read of late', 200, 3),
      await aPage('visited of late', 3, 200),
      await aPage('new', 3),
    ];
    await aPage('unread', 200, 100);
    await aPage('never read', 200);
    expect(await rows.drop('preview', BEFORE, undefined, 100)).toEqual({ cursor: undefined, dropped: 2 });
    expect(await keysOf('preview')).toEqual(stay.toSorted());
    expect(await keysOf('warm_plan')).toEqual(stay.toSorted());
  });

  test('is stored anew, under a newer version, when it is asked for again', async () => {
    const key = await aPage('again', 200);
    const [before] = await dataSource.query('SELECT version FROM preview');
    await dropAll('preview', 10);
    expect(await aPage('again', 0)).toBe(key);
    const [after] = await dataSource.query('SELECT version FROM preview');
    expect(Number(after.version)).toBeGreaterThan(Number(before.version));
  });

  test('that is being written is left alone, and nobody waits', async () => {
    const key = await aPage('busy', 200);
    await aPage('idle', 200);
    await dataSource.transaction(async (other) => {
      await other.query('UPDATE preview SET host = host WHERE key = $1', [key]);
      expect(await dropAll('preview', 10)).toEqual([1]);
    });
    expect(await keysOf('preview')).toEqual([key]);
  });
});

test('demand goes when the last read is long ago, whether or not there is a preview', async () => {
  const stays = await aPage('read', 200, 3);
  await aPage('unread', 200, 100);
  await aDemand('7b0a3a0e-3c1b-4f0e-9a53-0f7f6f2f6a11', 100);
  expect(await dropAll('demand', 10)).toEqual([2]);
  expect(await keysOf('demand')).toEqual([stays]);
});

test('a walk looks at so many rows at a time, and at each of them once', async () => {
  for (let page = 0; page < 25; page += 1) await aPage(`old-${page}`, page % 2 === 0 ? 200 : 1);
  const dropped = await dropAll('preview', 10);
  expect(dropped).toHaveLength(3);
  expect(dropped.reduce((sum, count) => sum + count)).toBe(13);
  expect(await keysOf('preview')).toHaveLength(12);
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import type { DemandChunk, KeyDemand } from '#libs/demand';
import { decodeDemand, type DemandState, LEARNED_ODDS_VERSION } from '#libs/forecast';
import type { PreviewKey } from '#libs/preview';
import { dataSourceOptions, migrate, WarmLedger } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { aKey } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { aStoredPreview } from '../../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../../test/support/test-servers.js';
import { LATEST_CHUNK_MS, RollUp } from './roll-up.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let url: string;
let dataSource: DataSource;
let clock: ManualClock;
let rollUp: RollUp;

beforeAll(async () => {
  url = await freshDatabase();
  dataSource = await new DataSource(dataSourceOptions(url, 6)).initialize();
  await migrate(dataSource);
});

beforeEach(async () => {
  await dataSource.query(`TRUNCATE demand, demand_chunk, minute_total`);
  await dataSource.query(`UPDATE forecast_model SET learned = NULL`);
  clock = new ManualClock();
  rollUp = new RollUp(new WarmLedger(dataSource), clock, new Logger('worker', 'error'), {
    share: 0.1,
    hostShare: 1,
  });
});

afterAll(() => dataSource.destroy());

/** A window of ten seconds that has just ended; say only what matters. */
function aChunk(
  keys: readonly (Partial<KeyDemand> & { key: PreviewKey })[],
  given: Partial<DemandChunk> = {},
): DemandChunk {
  const { until = clock.now() } = given;
  return {
    id: randomUUID(),
    from: until - 10_000,
    until,
    totals: { 'fresh.L1': keys.reduce((sum, { reads = 1 }) => sum + reads, 0) },
    ...given,
    keys: keys.map((key) => ({ reads: 1, error: 0, firstAt: until - 5_000, lastAt: until - 1_000, ...key })),
  };
}

async function demandOf(key: PreviewKey): Promise<DemandState | undefined> {
  const [row] = await dataSource.query(`SELECT state FROM demand WHERE key = $1`, [key]);
  return row && decodeDemand(row.state);
}

async function total(name: string): Promise<number> {
  const [row] = await dataSource.query(`SELECT sum(amount) AS sum FROM minute_total WHERE name = $1`, [name]);
  return row.sum ?? 0;
}

async function learned() {
  const [row] = await dataSource.query(`SELECT learned FROM forecast_model`);
  return row.learned;
}

/** A stored preview that lives for an hour from now on. */
async function anHourOf(at: string): Promise<PreviewKey> {
  const now = clock.now();
  return (await aStoredPreview(dataSource, { at, fetchedAt: now, freshUntil: now + HOUR })).key;
}

describe('adding a chunk of demand', () => {
  test('adds to the demand of each key and to the totals', async () => {
    const keys = [{ key: aKey(1), reads: 3 }, { key: aKey(2) }];
    expect(await rollUp.add(aChunk(keys))).toBe('added');
    clock.advance(10_000);
    expect(await rollUp.add(aChunk([{ key: aKey(1), reads: 2 }]))).toBe('added');
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 5, lastReadAt: clock.now() - 1_000 });
    expect(await demandOf(aKey(2))).toMatchObject({ reads: 1, lastReadAt: clock.now() - 11_000 });
    expect(await total('read.fresh.L1')).toBe(6);
  });

  test.each([2, 20])('that is handed over %i times, some of them at once, counts once', async (times) => {
    const chunk = aChunk([{ key: aKey(1), reads: 7 }]);
    const results = await Promise.all(Array.from({ length: times - 1 }, () => rollUp.add(chunk)));
    results.push(await rollUp.add(chunk));
    expect(results.filter((result) => result === 'added')).toHaveLength(1);
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 7 });
    expect(await total('read.fresh.L1')).toBe(7);
  });

  test('that comes a day late, and after its successors, counts all the same', async () => {
    const late = aChunk([{ key: aKey(1), reads: 4 }]);
    clock.advance(24 * HOUR);
    await rollUp.add(aChunk([{ key: aKey(1), reads: 2 }]));
    expect(await rollUp.add(late)).toBe('added');
    expect(await demandOf(aKey(1))).toMatchObject({
      reads: 6,
      firstReadAt: late.until - 5_000,
      lastReadAt: clock.now() - 1_000,
    });
    expect(await rollUp.add(late)).toBe('known');
  });

  test('whose worker dies in the middle counts once, when another takes it up', async () => {
    await rollUp.add(aChunk([{ key: aKey(1) }]));
    const holder = new Client(url);
    await holder.connect();
    await holder.query(`BEGIN`);
    await holder.query(`SELECT 1 FROM demand WHERE key = $1 FOR UPDATE`, [aKey(1)]);
    const chunk = aChunk([{ key: aKey(1), reads: 9 }]);
    const dying = rollUp.add(chunk);
    dying.catch(() => undefined);
    // It has noted the chunk and waits for the row: now it dies.
    let killed = false;
    while (!killed) {
      const rows: readonly { killed: boolean }[] = await dataSource.query(
        `SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO demand %'`,
      );
      killed = rows[0]?.killed === true;
    }
    await expect(dying).rejects.toThrow();
    await holder.query(`ROLLBACK`);
    await holder.end();
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 1 });
    expect(await rollUp.add(chunk)).toBe('added');
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 10 });
  });

  test('counts what may belong to other keys for none', async () => {
    await rollUp.add(aChunk([{ key: aKey(1), reads: 10, error: 4 }]));
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 6 });
  });

  test('of a clock that is ahead is taken for now, and of one that is days off for nothing', async () => {
    const ahead = aChunk([{ key: aKey(1) }], { until: clock.now() + HOUR });
    expect(await rollUp.add(ahead)).toBe('added');
    expect(await demandOf(aKey(1))).toMatchObject({ lastReadAt: clock.now() - 1_000 });
    expect(await rollUp.add(ahead)).toBe('known');
    for (const until of [clock.now() + LATEST_CHUNK_MS + 1, clock.now() - LATEST_CHUNK_MS - 1, 0, 8.64e15])
      expect(await rollUp.add(aChunk([{ key: aKey(1) }], { until }))).toBe('implausible');
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 1 });
  });

  test('of a clock that is ahead counts at once, although its day has yet to come', async () => {
    const ahead = aChunk([{ key: aKey(1), reads: 3 }], { until: clock.now() + 24 * HOUR });
    expect(await rollUp.add(ahead)).toBe('added');
    expect(await rollUp.add(ahead)).toBe('known');
    clock.advance(24 * HOUR);
    expect(await rollUp.add(ahead)).toBe('known');
    expect(await demandOf(aKey(1))).toMatchObject({ reads: 3 });
  });

  test('starts over with the prior where the stored model is broken', async () => {
    await dataSource.query(`UPDATE forecast_model SET learned = '{"odds": {"version": 99}}'`);
    expect(await rollUp.add(aChunk([{ key: aKey(1) }]))).toBe('added');
    expect((await learned()).odds.version).toBe(LEARNED_ODDS_VERSION);
  });
});

describe('reads of a key whose copy has expired', () => {
  test('settle its period once: it was missed', async () => {
    const key = await anHourOf('https://example.com/missed');
    await rollUp.add(aChunk([{ key }]));
    clock.advance(HOUR + MINUTE);
    await rollUp.add(aChunk([{ key }]));
    await rollUp.add(aChunk([{ key }]));
    expect((await learned()).outcomes).toEqual({ used: 0, wasted: 0, skipped: 0, missed: 1 });
    expect(await total('warm.missed')).toBe(1);
  });

  test('also when the copy has been renewed by then', async () => {
    const key = await anHourOf('https://example.com/renewed');
    await rollUp.add(aChunk([{ key }]));
    clock.advance(HOUR + MINUTE);
    await anHourOf('https://example.com/renewed');
    clock.advance(5_000);
    await rollUp.add(aChunk([{ key }]));
    expect((await learned()).outcomes).toMatchObject({ missed: 1 });
  });

  test('do not, when the period is over', async () => {
    const key = await anHourOf('https://example.com/late');
    await rollUp.add(aChunk([{ key }]));
    clock.advance(3 * HOUR);
    await rollUp.add(aChunk([{ key }]));
    expect((await learned()).outcomes).toMatchObject({ missed: 0 });
  });

  test('are measured against what cache-aside would have fetched', async () => {
    const key = await anHourOf('https://example.com/aside');
    for (let round = 0; round < 7; round += 1) {
      await rollUp.add(aChunk([{ key }]));
      clock.advance(HOUR / 2);
    }
    expect((await learned()).budget.asideFetches).toBe(2); // at the reads after one hour and two: that of the first copy is counted where it is made
  });
});

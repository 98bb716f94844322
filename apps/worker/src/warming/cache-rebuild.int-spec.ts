import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { CacheModule, PreviewCache } from '#libs/cache';
import { freshness, type PreviewEntry } from '#libs/preview';
import { CacheRedis, type SingleCacheRedis } from '#libs/redis';
import { dataSourceOptions, HotPreviews, migrate, WarmLedger } from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PrivateRedis } from '../../../local/src/private-redis.js';
import { aFailure } from '../../../../test/support/builders.js';
import { eventually } from '../../../../test/support/eventually.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { aStoredPreview } from '../../../../test/support/stored-preview.js';
import { freshDatabase, freshRedis } from '../../../../test/support/test-servers.js';
import { CacheRebuild } from './cache-rebuild.js';

const HOUR = 3_600_000;

let url: string;
let dataSource: DataSource;
let redis: PrivateRedis;
let module: TestingModule;
let client: SingleCacheRedis['client'];
let clock: ManualClock;
let holder: Client | undefined;

beforeAll(async () => {
  [url, redis] = await Promise.all([freshDatabase(), freshRedis('cache')]);
  dataSource = await new DataSource(dataSourceOptions(url, 4)).initialize();
  await migrate(dataSource);
});

afterAll(() => Promise.all([dataSource.destroy(), redis.stop()]));

beforeEach(async () => {
  module = await Test.createTestingModule({
    imports: [
      CacheModule.forRoot({
        redisUrl: redis.url,
        writes: 'replace',
        deadlineMs: 1_000,
        onError: () => undefined,
        onDegraded: () => undefined,
        onRecovered: () => undefined,
      }),
    ],
  }).compile();
  module.enableShutdownHooks();
  client = module.get<SingleCacheRedis>(CacheRedis).client;
  clock = new ManualClock();
  await client.flushAll();
  await dataSource.query('TRUNCATE demand, preview CASCADE');
});

afterEach(async () => {
  await holder?.end();
  holder = undefined;
  await module.close();
});

/** That of one worker, and its beginnings. */
function aRebuild(keys = 100) {
  const logger = new Logger('worker', 'error');
  const hot = new HotPreviews(dataSource);
  const cacheRedis = module.get(CacheRedis);
  const rebuild = new CacheRebuild(hot, module.get(PreviewCache), cacheRedis, clock, logger, { keys });
  return { rebuild, run: jest.spyOn(rebuild, 'run') };
}

/** A stored preview that is fresh for an hour and was this hot a moment ago; say only what matters. */
async function aHotPreview(
  heat: number,
  given: Parameters<typeof aStoredPreview>[1] = {},
): Promise<PreviewEntry> {
  const now = clock.now();
  const entry = await aStoredPreview(dataSource, {
    at: `https://example.com/${heat}`,
    fetchedAt: now,
    freshUntil: now + HOUR,
    staleUntil: now + HOUR,
    ...given,
  });
  const demand = { key: entry.key, lastReadAt: now, heat, state: Uint8Array.of(1) };
  await new WarmLedger(dataSource).open({ totalsAt: now }, (ledger) => ledger.saveDemand([demand]));
  return entry;
}

/** What a reader finds in Redis, the store being out of his reach. */
async function inRedis({ key }: PreviewEntry): Promise<PreviewEntry | undefined> {
  return (
    await module.get(PreviewCache).find(key, clock.now(), () => Promise.resolve(undefined))
  )?.copy.whole();
}

/** Holds a rebuild at its look at what is hot, until it is let go. */
async function heldUp(): Promise<{ begun: () => Promise<unknown>; letGo: () => Promise<unknown> }> {
  holder = new Client(url);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE demand');
  const waiting = (): Promise<readonly unknown[]> =>
    dataSource.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
  return {
    begun: () => eventually(waiting, (seen) => seen.length > 0),
    letGo: () => holder!.query('COMMIT'),
  };
}

describe('a caching Redis that was emptied', () => {
  test('gets back the hottest previews, as they are stored, and no more than so many', async () => {
    const entries = [await aHotPreview(2), await aHotPreview(5), await aHotPreview(3), await aHotPreview(4)];
    const { rebuild } = aRebuild(3);
    await rebuild.ifLost();
    expect(await rebuild.run()).toBe(3);
    const [two, ...others] = entries;
    for (const entry of others) expect(await inRedis(entry)).toEqual(entry);
    expect(await inRedis(two!)).toBeUndefined();
  });

  test('gets back more than are read at once', async () => {
    const columns = `url, host, fetch_url, preview, outcome, facets, tags, fetched_for, fetched_at, fresh_until, stale_until, memory`;
    const entry = await aHotPreview(1);
    await dataSource.query(
      `INSERT INTO preview (key, version, ${columns})
       SELECT gen_random_uuid(), nextval('preview_version'), ${columns} FROM preview, generate_series(1, 1200)`,
    );
    await dataSource.query(
      `INSERT INTO demand SELECT v.key, d.last_read_at, 2, d.state FROM demand d, preview v WHERE v.key <> d.key`,
    );
    const { rebuild } = aRebuild(2_000);
    expect(await rebuild.run()).toBe(1_201);
    expect(await inRedis(entry)).toEqual(entry); // it was the last
    expect(await client.dbSize()).toBe(1_201 + 1); // and the mark
  });

  test('is filled once, by whichever worker: not again while its mark is there', async () => {
    await aHotPreview(1);
    const { rebuild } = aRebuild();
    await rebuild.run();
    for (const { rebuild: again, run } of [aRebuild(), aRebuild()]) {
      await again.ifLost();
      expect(run).not.toHaveBeenCalled();
    }
  });

  test('is filled each time that it happens', async () => {
    const entry = await aHotPreview(1);
    const { rebuild, run } = aRebuild();
    for (const _ of [1, 2]) {
      await client.flushAll();
      run.mockClear();
      await rebuild.ifLost();
      expect(run).toHaveBeenCalledTimes(1);
      await rebuild.run(); // joins it
      expect(await inRedis(entry)).toEqual(entry);
    }
  });

  test('gets back a stale copy as a stale one, for what remains of its grace, and none that is over', async () => {
    const now = clock.now();
    const stale = await aHotPreview(1, {
      fetchedAt: now - HOUR,
      freshUntil: now - 1,
      staleUntil: now + 60_000,
    });
    const expired = await aHotPreview(2, { fetchedAt: now - HOUR, freshUntil: now - 1, staleUntil: now });
    const failed = await aHotPreview(3, { preview: null, outcome: aFailure() });
    await aRebuild().rebuild.run();
    expect(await inRedis(stale)).toEqual(stale);
    expect(freshness(await inRedis(stale), now)).toBe('stale');
    const remaining = await client.pTTL(`warmlink:preview:3:${stale.key}`);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(60_000);
    expect(await inRedis(expired)).toBeUndefined();
    expect(await inRedis(failed)).toEqual(failed);
  });

  test('keeps what is newer than what is stored', async () => {
    const entry = await aHotPreview(1);
    const newer = { ...entry, version: entry.version + 1, fetchUrl: 'https://example.com/newer' };
    await module.get(PreviewCache).put(newer, clock.now());
    await aRebuild().rebuild.run();
    expect(await inRedis(entry)).toEqual(newer);
  });

  test('is filled again when it is emptied once more meanwhile', async () => {
    const entry = await aHotPreview(1);
    const { rebuild, run } = aRebuild();
    const hold = await heldUp();
    const filling = rebuild.run();
    await hold.begun();
    await client.flushAll();
    await hold.letGo();
    await filling;
    run.mockClear();
    await rebuild.ifLost();
    expect(run).toHaveBeenCalled();
    await rebuild.run();
    expect(await inRedis(entry)).toEqual(entry);
  });

  test('is not taken for filled by the mark of a worker who died in the middle, nor by that of one who failed', async () => {
    const { rebuild } = aRebuild();
    const hold = await heldUp();
    const filling = rebuild.run();
    await hold.begun();
    const whileFilling = await client.pTTL('warmlink:filled');
    expect(whileFilling).toBeGreaterThan(0);
    expect(whileFilling).toBeLessThanOrEqual(30_000);
    await dataSource.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    await expect(filling).rejects.toThrow();
    expect(await client.pTTL('warmlink:filled')).toBeGreaterThan(0);
    await hold.letGo();
    await rebuild.run();
    expect(await client.pTTL('warmlink:filled')).toBe(-1); // it stays, now that all is there
  });
});

test('a Redis that is away is not taken for one that was emptied', async () => {
  const { rebuild, run } = aRebuild();
  await module.get(CacheRedis).close();
  await rebuild.ifLost();
  expect(run).not.toHaveBeenCalled();
});

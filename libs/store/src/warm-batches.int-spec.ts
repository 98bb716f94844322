import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { canonicalUrl, previewKey } from '#libs/preview';
import { aStoredPreview } from '../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';
import { WarmBatches, type WarmOrder } from './warm-batches.js';
import { WarmLedger } from './warm-ledger.js';
import { WarmReleases } from './warm-releases.js';

const HOUR = 3_600_000;

let dataSource: DataSource;
let batches: WarmBatches;
let releases: WarmReleases;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 4)).initialize();
  await migrate(dataSource);
  batches = new WarmBatches(dataSource);
  releases = new WarmReleases(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(() => dataSource.query('TRUNCATE preview, warm_batch CASCADE'));

function orders(count: number): readonly WarmOrder[] {
  return Array.from({ length: count }, (_, index) => {
    const url = canonicalUrl(`https://example.com/${index}`);
    return { key: previewKey(url), url };
  });
}

describe('a batch', () => {
  test('says how far it is, from the first order that is taken to the last outcome', async () => {
    const now = Date.now();
    const id = await batches.create(orders(3), now, now - 1, {
      reason: 'warm',
      tags: [],
      askedBy: 'the newsletter',
    });
    expect(await batches.progressOf(id)).toEqual({
      id,
      reason: 'warm',
      createdAt: expect.any(Number),
      dueAt: now,
      total: 3,
      isListed: true,
      running: 0,
      outcomes: {},
    });

    const taken = [await releases.takeOrdered(), await releases.takeOrdered()];
    expect(taken.map((warm) => warm?.url)).toEqual(['//example.com/0', '//example.com/1']);
    expect(taken[0]?.order).toEqual({
      batch: id,
      position: 1,
      dueAt: now,
      askedBy: 'the newsletter',
      reason: 'warm',
      tags: [],
    });
    await releases.reportOrder(taken[0]!.order!, 'ENOTFOUND', 'Not there.');
    expect(await batches.progressOf(id)).toMatchObject({ running: 1, outcomes: { ENOTFOUND: 1 } });

    await releases.putBackOrder(taken[1]!.order!);
    expect(await batches.progressOf(id)).toMatchObject({ running: 0, outcomes: { ENOTFOUND: 1 } });

    for (const _ of [1, 2])
      await releases.reportOrder((await releases.takeOrdered())!.order!, 'success', null);
    expect(await releases.takeOrdered()).toBeUndefined();
    expect(await batches.progressOf(id)).toMatchObject({
      total: 3,
      running: 0,
      outcomes: { ENOTFOUND: 1, success: 2 },
    });
  });

  test('waits until its first page may be visited', async () => {
    await batches.create(orders(1), Date.now() + HOUR, Date.now() + HOUR / 2, {
      reason: 'warm',
      tags: [],
      askedBy: 'x',
    });
    expect(await releases.takeOrdered()).toBeUndefined();
  });

  test('that refreshes wants visits from after it was ordered, and has its tags', async () => {
    const held = await aStoredPreview(dataSource, { at: 'https://example.com/0' });
    const terms = { reason: 'refresh', tags: ['a', 'b'], askedBy: 'x' } as const;
    const id = await batches.create(orders(1), Date.now(), Date.now() - 1, terms);
    const taken = (await releases.takeOrdered())!;
    expect(taken.order).toMatchObject({ batch: id, ...terms });
    expect(taken.version).toBeGreaterThan(held.version);
  });

  test('of a scope lists what is stored of it, bit by bit and in turns', async () => {
    await dataSource.query(
      `INSERT INTO preview (key, version, url, host, fetch_url, outcome, tags, fetched_at, fresh_until, stale_until)
       SELECT gen_random_uuid(), nextval('preview_version'), '//example.org/' || n, 'example.org', '', '{}',
         CASE WHEN n % 2 = 0 THEN ARRAY['even'] ELSE '{}' END, now(), now(), now()
       FROM generate_series(1, 2500) n`,
    );
    const now = Date.now();
    const ofHost = await batches.createRefreshOf('host:example.org', now, 'x');
    const ofTag = await batches.createRefreshOf('tag:even', now, 'x');
    const ofNothing = await batches.createRefreshOf('tag:none', now, 'x');
    expect(await batches.progressOf(ofHost)).toMatchObject({ reason: 'refresh', total: 0, isListed: false });

    const totals = async () =>
      Promise.all([ofHost, ofTag, ofNothing].map(async (id) => (await batches.progressOf(id))!.total));
    for (const _ of [ofHost, ofTag, ofNothing]) await releases.listMore();
    expect(await totals()).toEqual([1_000, 1_000, 0]);
    expect(await batches.progressOf(ofNothing)).toMatchObject({ isListed: true, outcomes: {} });

    for (let step = 0; step < 4; step += 1) await releases.listMore();
    expect(await totals()).toEqual([2_500, 1_250, 0]);
    expect(await batches.progressOf(ofHost)).toMatchObject({ isListed: true });
    expect(
      await dataSource.query(
        `SELECT count(DISTINCT key)::int AS pages, max(position) AS last FROM warm_order WHERE batch = $1`,
        [ofHost],
      ),
    ).toEqual([{ pages: 2_500, last: 2_500 }]);
  });

  test('is unknown where there is none', async () => {
    expect(await batches.progressOf('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  });

  test('goes with its orders a while after its time, and no other does', async () => {
    const now = Date.now();
    const old = await batches.create(orders(2), now - 2 * HOUR, now - 2 * HOUR, {
      reason: 'warm',
      tags: [],
      askedBy: 'x',
    });
    const young = await batches.create(orders(1), now, now, { reason: 'warm', tags: [], askedBy: 'x' });
    await new WarmLedger(dataSource).dropBefore({ chunks: 0, totals: 0, batches: now - HOUR });
    expect(await batches.progressOf(old)).toBeUndefined();
    expect(await batches.progressOf(young)).toMatchObject({ total: 1 });
    expect(await dataSource.query('SELECT count(*)::int AS left FROM warm_order')).toEqual([{ left: 1 }]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { canonicalUrl, type PreviewEntry, type PreviewKey, previewKey } from '#libs/preview';
import { aStoredPreview, aWarmDecision } from '../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';
import { WarmBatches } from './warm-batches.js';
import { WarmLedger } from './warm-ledger.js';
import { type ReleasedWarm, WarmReleases } from './warm-releases.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

let dataSource: DataSource;
let releases: WarmReleases;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 8)).initialize();
  await migrate(dataSource);
  releases = new WarmReleases(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(() => dataSource.query('TRUNCATE preview, warm_batch CASCADE'));

/** A preview that expires now, and that is set aside to be warmed for what it is worth. */
async function aPlannedWarm(page: number, score: number): Promise<PreviewEntry> {
  const at = `https://example.com/${page}`;
  const entry = await aStoredPreview(dataSource, { at, fetchedAt: NOW - HOUR, freshUntil: NOW });
  await new WarmLedger(dataSource).open({ totalsAt: NOW }, (ledger) =>
    ledger.decide([aWarmDecision(entry, score)]),
  );
  return entry;
}

async function periodOf(key: PreviewKey) {
  const [row] = await dataSource.query(
    `SELECT period_from AS from, period_until AS until, period_warmed AS warmed FROM warm_plan WHERE key = $1`,
    [key],
  );
  return { from: Number(row.from), until: Number(row.until), warmed: row.warmed };
}

/** Takes, eight at a time, until there is nothing left. */
async function takeAll(take: () => Promise<ReleasedWarm | undefined>): Promise<readonly ReleasedWarm[]> {
  const taken: ReleasedWarm[] = [];
  const taker = async () => {
    for (let warm = await take(); warm !== undefined; warm = await take()) taken.push(warm);
  };
  await Promise.all(Array.from({ length: 8 }, taker));
  return taken;
}

describe('warms that were forecast', () => {
  test('are taken the best first, each once, with the copy that is to be renewed', async () => {
    const [second, last, first] = [
      await aPlannedWarm(1, 2),
      await aPlannedWarm(2, 0.3),
      await aPlannedWarm(3, 3.9),
    ];
    for (const { key, url, version } of [first, second, last])
      expect(await releases.takePlanned(NOW)).toEqual({ key, url, version, order: undefined });
    expect(await releases.takePlanned(NOW)).toBeUndefined();
    expect(await periodOf(first.key)).toEqual({ from: NOW, until: NOW + HOUR, warmed: true });
  });

  test('are never taken twice, however many take them at once', async () => {
    for (let page = 0; page < 60; page += 1) await aPlannedWarm(page, page);
    const taken = await takeAll(() => releases.takePlanned(NOW));
    expect(taken).toHaveLength(60);
    expect(new Set(taken.map(({ key }) => key)).size).toBe(60);
  });

  test('are not taken when a reader has renewed the copy meanwhile, whose period was not warmed then', async () => {
    const { key, url } = await aPlannedWarm(1, 1);
    await aStoredPreview(
      dataSource,
      { at: `https:${url}`, fetchedAt: NOW + 1, freshUntil: NOW + HOUR },
      { reason: 'refresh' },
    );
    expect(await releases.takePlanned(NOW + 1)).toBeUndefined();
    expect(await periodOf(key)).toMatchObject({ from: NOW, warmed: false });
  });

  test('are not taken when their page was purged meanwhile', async () => {
    const { key } = await aPlannedWarm(1, 1);
    await dataSource.query('DELETE FROM preview WHERE key = $1', [key]);
    expect(await releases.takePlanned(NOW)).toBeUndefined();
  });

  test('are given up when their period is over before their turn has come', async () => {
    const { key } = await aPlannedWarm(1, 1);
    expect(await releases.takePlanned(NOW + HOUR)).toBeUndefined();
    expect(await periodOf(key)).toMatchObject({ warmed: false });
    expect(await releases.takePlanned(NOW)).toBeUndefined();
  });

  test('that came to nothing leave a period that was not warmed', async () => {
    const { key } = await aPlannedWarm(1, 1);
    await releases.takePlanned(NOW);
    await releases.giveUp(key);
    expect(await periodOf(key)).toEqual({ from: NOW, until: NOW + HOUR, warmed: false });
    expect(await releases.takePlanned(NOW)).toBeUndefined();
  });
});

/** A batch of so many pages, due now by the clock of Postgres, which orders go by. */
async function aBatch(pages: number, startsAt = Date.now() - 1_000): Promise<string> {
  const orders = Array.from({ length: pages }, (_, page) => {
    const url = canonicalUrl(`https://example.com/${page}`);
    return { key: previewKey(url), url };
  });
  return new WarmBatches(dataSource).create(orders, startsAt, startsAt, {
    reason: 'warm',
    tags: [],
    askedBy: 'x',
  });
}

/** As if all that is taken had been taken so much earlier. */
function takenEarlier(interval: string): Promise<unknown> {
  return dataSource.query('UPDATE warm_order SET released_at = released_at - $1::interval', [interval]);
}

async function takenCount(): Promise<number> {
  const [row] = await dataSource.query('SELECT count(released_at)::int AS taken FROM warm_order');
  return row.taken;
}

describe('warms that were ordered', () => {
  test('are taken in the order in which they may start', async () => {
    const later = await aBatch(2, Date.now() - 1_000);
    const earlier = await aBatch(1, Date.now() - 2_000);
    const taken = [
      await releases.takeOrdered(),
      await releases.takeOrdered(),
      await releases.takeOrdered(),
    ].map((warm) => [warm?.order?.batch, warm?.order?.position]);
    expect(taken).toEqual([
      [earlier, 1],
      [later, 1],
      [later, 2],
    ]);
  });

  test.each([2, 1_000])(
    'are taken one at a time of %i, whatever the database knows of them',
    async (pages) => {
      await aBatch(pages);
      for (const statistics of ['VACUUM warm_order', 'ANALYZE warm_order']) {
        const before = await takenCount();
        await dataSource.query(statistics);
        expect(await releases.takeOrdered()).toBeDefined();
        expect(await takenCount()).toBe(before + 1);
      }
    },
  );

  test('are never taken twice, however many take them at once', async () => {
    await aBatch(60);
    const taken = await takeAll(() => releases.takeOrdered());
    expect(taken).toHaveLength(60);
    expect(new Set(taken.map(({ order }) => order?.position)).size).toBe(60);
  });

  test('carry the version of the copy that there is, if there is one', async () => {
    await aBatch(2);
    const { version } = await aStoredPreview(dataSource, { at: 'https://example.com/1' });
    expect((await releases.takeOrdered())?.version).toBeNull();
    expect((await releases.takeOrdered())?.version).toBe(version);
  });

  test('that nobody reports on are taken once more, and not before they are forgotten', async () => {
    await aBatch(1);
    const first = await releases.takeOrdered();
    await takenEarlier('119 seconds');
    expect(await releases.takeOrdered()).toBeUndefined();
    await takenEarlier('2 seconds');
    expect(await releases.takeOrdered()).toEqual(first);
    expect(await releases.takeOrdered()).toBeUndefined();
  });

  test('that were reported on are never taken again', async () => {
    await aBatch(1);
    await releases.reportOrder((await releases.takeOrdered())!.order!, 'success', null);
    await takenEarlier('1 day');
    expect(await releases.takeOrdered()).toBeUndefined();
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { PreviewEntry } from '#libs/preview';
import { aFailure } from '../../../test/support/builders.js';
import { aStoredPreview, aWarmDecision } from '../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { HEAT_FADES_MS, HotPreviews } from './hot-previews.js';
import { migrate } from './migrate.js';
import { WarmLedger } from './warm-ledger.js';

const NOW = 1_800_000_000_000;
const A_SECOND = 1_000;
const HOUR = 3_600_000;

let dataSource: DataSource;
let hot: HotPreviews;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 4)).initialize();
  await migrate(dataSource);
  hot = new HotPreviews(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(() => dataSource.query('TRUNCATE demand, preview CASCADE'));

/** A preview that was this hot when it was read last; say only what matters of it. */
async function aReadPreview(
  page: string,
  heat: number,
  { lastReadAt = NOW, ...given }: Parameters<typeof aStoredPreview>[1] & { lastReadAt?: number } = {},
): Promise<PreviewEntry> {
  const entry = await aStoredPreview(dataSource, {
    at: `https://example.com/${page}`,
    fetchedAt: NOW - HOUR,
    freshUntil: NOW + HOUR,
    staleUntil: NOW + HOUR,
    ...given,
  });
  await new WarmLedger(dataSource).open({ totalsAt: NOW }, (ledger) =>
    ledger.saveDemand([{ key: entry.key, lastReadAt, heat, state: Uint8Array.of(1) }]),
  );
  return entry;
}

async function hottestPages(limit = 10): Promise<readonly string[]> {
  return (await hot.hottest(NOW, limit, A_SECOND)).map(({ url }) => url.replace('//example.com/', ''));
}

describe('stored previews', () => {
  test('come the hottest first, and no more of them than are wanted', async () => {
    for (const heat of [3, 1, 4, 2]) await aReadPreview(String(heat), heat);
    expect(await hottestPages()).toEqual(['4', '3', '2', '1']);
    expect(await hottestPages(2)).toEqual(['4', '3']);
  });

  test('fade from their last read on: what was hot yesterday is behind what is warm now', async () => {
    await aReadPreview('ages-ago', 1e30, { lastReadAt: 0 });
    await aReadPreview('a-while-ago', 10, { lastReadAt: NOW - HEAT_FADES_MS });
    await aReadPreview('warmer', 3.8);
    await aReadPreview('cooler', 3.6);
    expect(await hottestPages()).toEqual(['warmer', 'a-while-ago', 'cooler', 'ages-ago']);
  });

  test('of a gateway whose clock is ahead are no hotter for it', async () => {
    await aReadPreview('now', 2);
    await aReadPreview('ahead', 1, { lastReadAt: NOW + 10 * HEAT_FADES_MS });
    expect(await hottestPages()).toEqual(['now', 'ahead']);
  });

  test('are there with what operators ask: when the copy expires, and whether it will be renewed', async () => {
    const planned = await aReadPreview('planned', 2);
    const { key, url } = planned;
    const { key: other } = await aReadPreview('unplanned', 1);
    await new WarmLedger(dataSource).open({ totalsAt: NOW }, (ledger) =>
      ledger.decide([aWarmDecision(planned)]),
    );
    const both = await hot.hottest(NOW, 2, A_SECOND);
    expect(both[0]).toEqual({
      key,
      url,
      dueAt: NOW + HOUR,
      ttlMs: 2 * HOUR,
      cost: 1,
      host: 'example.com',
      moment: undefined,
      isPlanned: true,
      demand: Buffer.of(1),
    });
    expect(both[1]).toMatchObject({ key: other, isPlanned: false });
  });

  test('come with those that are decided upon within the hour, however cold they are', async () => {
    const hot = await aReadPreview('hot', 9);
    const moments = [NOW + HOUR / 2, NOW + 2 * HOUR].map((at) => ({ at, kind: 'wake' }));
    const [soon, later] = [await aReadPreview('soon', 1e-9), await aReadPreview('later', 1e-9)];
    await new WarmLedger(dataSource).open({ totalsAt: NOW }, (ledger) =>
      ledger.decide(
        [soon, later].map(({ key, version }, index) => ({
          key,
          version,
          warm: undefined,
          period: undefined,
          moment: moments[index],
        })),
      ),
    );
    expect(await hottestPages(1)).toEqual(['hot', 'soon']);
    const found = await new HotPreviews(dataSource).hottest(NOW, 1, A_SECOND);
    expect(found.map(({ key, moment }) => [key, moment])).toEqual([
      [hot.key, undefined],
      [soon.key, moments[0]],
    ]);
  });

  test('that were never read are not among them', async () => {
    await aStoredPreview(dataSource, { freshUntil: NOW + HOUR });
    expect(await hot.hottest(NOW, 10, A_SECOND)).toEqual([]);
  });
});

describe('previews that can still be served', () => {
  test('come before those that were never read, of which the youngest is first', async () => {
    const [older, younger] = [NOW - 2 * HOUR, NOW - HOUR];
    const freshUntil = NOW + HOUR;
    const first = await aStoredPreview(dataSource, {
      at: 'https://example.com/older',
      fetchedAt: older,
      freshUntil,
    });
    const second = await aStoredPreview(dataSource, {
      at: 'https://example.com/younger',
      fetchedAt: younger,
      freshUntil,
    });
    const read = await aReadPreview('read', 0.1);
    expect(await hot.servableKeys(NOW, 10)).toEqual([read.key, second.key, first.key]);
  });

  test('are the fresh, the stale and the resting failures, the hottest first', async () => {
    const fresh = await aReadPreview('fresh', 1);
    const stale = await aReadPreview('stale', 2, { freshUntil: NOW - 1, staleUntil: NOW + 1 });
    const failed = await aReadPreview('failed', 3, { preview: null, outcome: aFailure() });
    await aReadPreview('expired', 4, { freshUntil: NOW - 1, staleUntil: NOW });
    const keys = await hot.servableKeys(NOW, 10);
    expect(keys).toEqual([failed.key, stale.key, fresh.key]);
    expect(await hot.servableKeys(NOW, 1)).toEqual([failed.key]);
    const entries = await hot.entriesOf(keys);
    expect(new Map(entries.map((entry) => [entry.key, entry]))).toEqual(
      new Map([failed, stale, fresh].map((entry) => [entry.key, entry])),
    );
  });
});

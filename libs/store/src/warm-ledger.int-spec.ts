import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { PreviewKey } from '#libs/preview';
import { aKey } from '../../../test/support/builders.js';
import { aStoredPreview, aWarmDecision } from '../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';
import { type DemandRow, type LedgerEntry, type PlanPlace, WarmLedger } from './warm-ledger.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

let dataSource: DataSource;
let ledger: WarmLedger;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 6)).initialize();
  await migrate(dataSource);
  ledger = new WarmLedger(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(async () => {
  await dataSource.query(`TRUNCATE demand, demand_chunk, minute_total, preview CASCADE`);
  await dataSource.query(`UPDATE forecast_model SET learned = NULL, decided_until = 0`);
});

function aDemand(key: PreviewKey): DemandRow {
  return { key, lastReadAt: NOW, heat: 1, state: Uint8Array.of(1, 2, 3) };
}

/** A transaction as a roll-up makes it: demand of one key, and one read more in the totals. @returns whether the chunk was new */
function addChunk(id: string, last: (entry: LedgerEntry) => Promise<void> = async () => undefined) {
  return ledger.open({ totalsAt: NOW, chunkAt: NOW }, async (entry, state) => {
    if (!(await entry.admitChunk(id, NOW))) return false;
    await entry.saveDemand([aDemand(aKey(1))]);
    await entry.save({ ...state, learned: { chunks: learnedChunks(state.learned) + 1 } });
    await entry.addTotals(NOW, { 'read.fresh.L1': 1 });
    await last(entry);
    return true;
  });
}

function learnedChunks(learned: unknown): number {
  return (learned as { chunks: number } | null)?.chunks ?? 0;
}

/** All that such transactions leave behind. */
async function left() {
  const [row] = await dataSource.query(
    `SELECT (SELECT count(*)::int FROM demand) AS demand, (SELECT count(*)::int FROM demand_chunk) AS chunks,
       (SELECT coalesce(sum(amount), 0) FROM minute_total) AS reads, (SELECT learned FROM forecast_model) AS learned`,
  );
  return row;
}

describe('a transaction of the ledger', () => {
  test.each([1, 2, 20])(
    'counts a chunk that is admitted %i times, some of them at once, once',
    async (times) => {
      const id = randomUUID();
      const results = await Promise.all(Array.from({ length: times }, () => addChunk(id)));
      expect(results.filter((isNew) => isNew)).toHaveLength(1);
      expect(await addChunk(id)).toBe(false);
      expect(await left()).toEqual({ demand: 1, chunks: 1, reads: 1, learned: { chunks: 1 } });
    },
  );

  test('that breaks off in its last step leaves nothing, and the same chunk counts when it comes again', async () => {
    const id = randomUUID();
    const broken = addChunk(id, () => Promise.reject(new Error('the worker is ill')));
    await expect(broken).rejects.toThrow('the worker is ill');
    expect(await left()).toEqual({ demand: 0, chunks: 0, reads: 0, learned: null });
    expect(await addChunk(id)).toBe(true);
    expect(await left()).toEqual({ demand: 1, chunks: 1, reads: 1, learned: { chunks: 1 } });
  });

  test('sees what the one before it has learned, although they begin at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => addChunk(randomUUID())));
    expect(await left()).toMatchObject({ chunks: 20, reads: 20, learned: { chunks: 20 } });
  });

  test('knows of each key what there is: a demand, a plan, both or neither', async () => {
    const [read, unread] = [await aPreviewDueAt(1, NOW), await aPreviewDueAt(2, NOW + 1)];
    const rows = await ledger.open({ totalsAt: NOW }, async (entry) => {
      await entry.saveDemand([aDemand(read), aDemand(aKey(1))]);
      return entry.rowsOf([read, unread, aKey(1), aKey(2)]);
    });
    const plan = (dueAt: number) => ({
      version: expect.any(Number),
      dueAt,
      ttlMs: HOUR,
      cost: 1,
      host: 'example.com',
      moment: undefined,
      period: undefined,
    });
    expect(new Map(rows.map((row) => [row.key, row]))).toEqual(
      new Map(
        [
          { key: read, demand: Buffer.of(1, 2, 3), plan: plan(NOW) },
          { key: unread, demand: undefined, plan: plan(NOW + 1) },
          { key: aKey(1), demand: Buffer.of(1, 2, 3), plan: undefined },
          { key: aKey(2), demand: undefined, plan: undefined },
        ].map((row) => [row.key, row]),
      ),
    );
  });
});

/** A preview that lives for an hour, up to this moment. */
async function aPreviewDueAt(page: number, dueAt: number): Promise<PreviewKey> {
  const given = { at: `https://example.com/${page}`, fetchedAt: dueAt - HOUR, freshUntil: dueAt };
  return (await aStoredPreview(dataSource, given)).key;
}

describe('a walk through what is due', () => {
  test('meets each copy once, the earliest first, however small its steps and however many are due at one moment', async () => {
    for (const page of [1, 2, 3, 4, 5]) await aPreviewDueAt(page, NOW);
    const [last, first] = [await aPreviewDueAt(6, NOW + 1), await aPreviewDueAt(7, NOW - 1)];
    await aPreviewDueAt(8, NOW + 2);
    const met: PreviewKey[] = [];
    await ledger.open({ totalsAt: NOW }, async (entry) => {
      let place: PlanPlace = { at: 0, key: aKey() };
      for (;;) {
        const due = await entry.due(place, NOW + 1, 2);
        met.push(...due.map(({ key }) => key));
        const end = due.at(-1);
        if (end === undefined) return;
        place = { at: end.plan.dueAt, key: end.key };
      }
    });
    expect(met).toHaveLength(7);
    expect(new Set(met).size).toBe(7);
    expect([met[0], met[6]]).toEqual([first, last]);
  });

  test('finds what lapsed a lifetime after it was due, and not before', async () => {
    const key = await aPreviewDueAt(1, NOW);
    const lapsed = (until: number) =>
      ledger.open({ totalsAt: NOW }, (entry) => entry.lapsed({ at: 0, key: aKey() }, until, 10));
    expect(await lapsed(NOW + HOUR - 1)).toEqual([]);
    expect(await lapsed(NOW + HOUR)).toMatchObject([{ key, plan: { dueAt: NOW, ttlMs: HOUR } }]);
  });

  test('sets aside no copy that was renewed meanwhile', async () => {
    const key = await aPreviewDueAt(1, NOW);
    await ledger.open({ totalsAt: NOW }, async (entry) => {
      const [row] = await entry.due({ at: 0, key: aKey() }, NOW, 1);
      await aPreviewDueAt(1, NOW + HOUR); // on another connection
      const { version } = row!.plan;
      await entry.decide([aWarmDecision({ key, version, fetchedAt: NOW - HOUR, freshUntil: NOW })]);
      expect(await entry.pendingCost()).toBe(0);
    });
  });
});

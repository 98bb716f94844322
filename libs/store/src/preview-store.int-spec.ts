import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { PreviewEntry } from '#libs/preview';
import { aFailure, anEntry } from '../../../test/support/builders.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';
import { PreviewStoreReader } from './preview-store-reader.js';
import { PreviewStoreWriter, type UnversionedEntry } from './preview-store-writer.js';

let url: string;
let dataSource: DataSource;
let reader: PreviewStoreReader;
let writer: PreviewStoreWriter;

beforeAll(async () => {
  url = await freshDatabase();
  dataSource = await new DataSource(dataSourceOptions(url, 4)).initialize();
  await migrate(dataSource);
  reader = new PreviewStoreReader(dataSource, { deadlineMs: 500 });
  writer = new PreviewStoreWriter(dataSource);
});

afterAll(() => dataSource.destroy());

function unversioned(given: Parameters<typeof anEntry>[0]): UnversionedEntry {
  const { version: _version, ...entry } = anEntry(given);
  return entry;
}

async function stored(entry: UnversionedEntry, seen: number | null = null): Promise<PreviewEntry> {
  const saved = await writer.save(entry, seen);
  if (saved === undefined) throw new Error('not saved');
  return saved;
}

describe('the preview store', () => {
  test('gives back what was saved, under a version of its own', async () => {
    const entry = unversioned({
      at: 'https://example.com/whole?b=1&a=%20',
      outcome: {
        kind: 'success',
        statusCode: 200,
        headers: { etag: '"x"' },
        redirects: [{ statusCode: 301, url: 'http://x/' }],
      },
      facets: { palette: ['#fff'] },
      tags: ['news', 'with "quotes", commas'],
    });
    const saved = await stored(entry);
    expect(saved).toEqual({ ...entry, version: expect.any(Number) });
    expect(await reader.find(entry.key)).toEqual(saved);
  });

  test('knows nothing of a key that was never saved', async () => {
    expect(await reader.find(anEntry({ at: 'https://example.com/never' }).key)).toBeUndefined();
  });

  test('keeps a failure, with or without a preview from before', async () => {
    const entry = unversioned({ at: 'https://example.com/failed', preview: null, outcome: aFailure() });
    await stored(entry);
    expect(await reader.find(entry.key)).toMatchObject({ preview: null, outcome: aFailure() });
  });

  test('versions only grow', async () => {
    const entry = unversioned({ at: 'https://example.com/growing' });
    const first = await stored(entry);
    const second = await stored(entry, first.version);
    expect(second.version).toBeGreaterThan(first.version);
  });

  test('a late writer, who started from an older version, changes nothing', async () => {
    const entry = unversioned({ at: 'https://example.com/late' });
    const first = await stored(entry);
    const second = await stored({ ...entry, fetchUrl: 'https://example.com/newer' }, first.version);
    expect(
      await writer.save({ ...entry, fetchUrl: 'https://example.com/late' }, first.version),
    ).toBeUndefined();
    expect(await writer.save({ ...entry, fetchUrl: 'https://example.com/later' }, null)).toBeUndefined();
    expect(await reader.find(entry.key)).toEqual(second);
  });

  test('of many who save a new key at once, one does', async () => {
    const entry = unversioned({ at: 'https://example.com/race' });
    const results = await Promise.all(Array.from({ length: 20 }, () => writer.save(entry, null)));
    expect(results.filter((saved) => saved !== undefined)).toHaveLength(1);
  });

  test('a read that Postgres is too slow for ends at its deadline', async () => {
    const entry = unversioned({ at: 'https://example.com/locked' });
    await stored(entry);
    const locker = dataSource.createQueryRunner();
    await locker.startTransaction();
    await locker.query('LOCK TABLE preview IN ACCESS EXCLUSIVE MODE');
    const hasty = new PreviewStoreReader(dataSource, { deadlineMs: 20 });
    await expect(hasty.find(entry.key)).rejects.toThrow('Postgres read took longer than 20 ms');
    await locker.rollbackTransaction();
    await locker.release();
    expect(await reader.find(entry.key)).toBeDefined();
  });
});

describe('the schema', () => {
  test('any number of processes may migrate at once', async () => {
    const empty = await freshDatabase();
    const processes = await Promise.all(
      Array.from({ length: 5 }, () => new DataSource(dataSourceOptions(empty, 2)).initialize()),
    );
    const ran = await Promise.all(processes.map(migrate));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
    await Promise.all(processes.map((process) => process.destroy()));
  });

  test('is the one that the entities describe', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});

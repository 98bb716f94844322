import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { NO_MEMORY, type PreviewEntry } from '#libs/preview';
import { aFailure, anEntry, aPreview } from '../../../test/support/builders.js';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';
import { PreviewStoreReader } from './preview-store-reader.js';
import { PreviewPurger } from './preview-purger.js';
import type { PurgeScope } from './purge-scope.js';
import { PreviewStoreWriter, type SaveResult } from './preview-store-writer.js';
import type { ScrapeEnd, ScrapeStart, UnversionedEntry } from './scrape.js';

let url: string;
let dataSource: DataSource;
let reader: PreviewStoreReader;
let writer: PreviewStoreWriter;

beforeAll(async () => {
  url = await freshDatabase();
  dataSource = await new DataSource(dataSourceOptions(url, 4)).initialize();
  await migrate(dataSource);
  reader = new PreviewStoreReader(dataSource, { deadlineMs: 10_000 });
  writer = new PreviewStoreWriter(dataSource);
});

afterAll(() => dataSource.destroy());

function unversioned(given: Parameters<typeof anEntry>[0]): UnversionedEntry {
  const { version: _version, ...entry } = anEntry(given);
  return entry;
}

/** What a first visit found. */
function anEnd(entry: UnversionedEntry, given: Partial<ScrapeEnd> = {}): ScrapeEnd {
  const visit = { reason: 'scrape', work: 'page', at: Date.now() } as const;
  return { entry, memory: NO_MEMORY, hostWeights: undefined, visit, refetchCost: 1, ...given };
}

/** Saves as a scrape does that starts now; or, with `start`, as one that started then. */
async function save(entry: UnversionedEntry, start?: ScrapeStart): Promise<SaveResult> {
  const end = anEnd(entry);
  return writer.save(end, start ?? (await writer.begin(entry.key, entry.url)));
}

async function stored(entry: UnversionedEntry): Promise<PreviewEntry> {
  const saved = await save(entry);
  if (saved.kind !== 'saved') throw new Error(saved.kind);
  return saved.entry;
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
      facets: {
        oembed: {
          title: 'A film',
          author: null,
          publisher: null,
          imageUrl: null,
          embed: { html: '<p>"Film" \u2713</p>', scripts: [], width: 16, height: 9 },
        },
      },
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
    const second = await stored(entry);
    expect(second.version).toBeGreaterThan(first.version);
  });

  test('a late writer, who started from an older version, changes nothing', async () => {
    const entry = unversioned({ at: 'https://example.com/late' });
    const beforeAny = await writer.begin(entry.key, entry.url);
    await stored(entry);
    const beforeSecond = await writer.begin(entry.key, entry.url);
    const second = await stored({ ...entry, fetchUrl: 'https://example.com/newer' });
    for (const start of [beforeAny, beforeSecond]) {
      expect(await save({ ...entry, fetchUrl: 'https://example.com/late' }, start)).toEqual({
        kind: 'superseded',
      });
    }
    expect(await reader.find(entry.key)).toEqual(second);
  });

  test('of many who save a new key at once, one does', async () => {
    const entry = unversioned({ at: 'https://example.com/race' });
    const start = await writer.begin(entry.key, entry.url);
    const results = await Promise.all(Array.from({ length: 20 }, () => save(entry, start)));
    expect(results.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
  });

  describe('a copy that is added to', () => {
    const known = aPreview({ title: 'Known by now' });

    test('has a new version and its old times, and says what it adds to', async () => {
      const copy = await stored(unversioned({ at: 'https://example.com/amended', facets: {} }));
      const amended = await writer.amend(copy, known);
      expect(amended).toEqual({
        ...copy,
        version: expect.any(Number),
        preview: known,
        facets: { amends: copy.version },
      });
      expect(amended!.version).toBeGreaterThan(copy.version);
      expect(await reader.find(copy.key)).toEqual(amended);
    });

    test('is no copy any more that was replaced, or purged', async () => {
      const entry = unversioned({ at: 'https://example.com/too-late' });
      const copy = await stored(entry);
      const newer = await stored(entry);
      expect(await writer.amend(copy, known)).toBeUndefined();
      await new PreviewPurger(dataSource).note(`key:${entry.key}`);
      expect(await writer.amend(newer, known)).toBeUndefined();
    });

    test.each([1, 2])('gives way to a scrape that began %i addition(s) before', async (additions) => {
      const entry = unversioned({ at: `https://example.com/meanwhile-${additions}` });
      const copy = await stored(entry);
      const first = additions === 2 ? (await writer.amend(copy, known))! : copy;
      const start = await writer.begin(entry.key, entry.url);
      const amended = await writer.amend(first, { ...known, title: 'Once more' });
      expect(amended?.facets.amends).toBe(copy.version);
      expect(await save(entry, start)).toMatchObject({ kind: 'saved', entry });
      expect(await save(entry, start)).toEqual({ kind: 'superseded' });
    });
  });

  test('remembers for the next scrape what readers never see', async () => {
    const entry = unversioned({ at: 'https://memory.example/page' });
    const memory = { ...NO_MEMORY, contentHash: 'x', comparisons: 2, changeEvidence: [-1, -2] };
    const start = await writer.begin(entry.key, entry.url);
    expect(start).toMatchObject({ held: undefined, memory: NO_MEMORY, hostWeights: undefined });
    await writer.save(anEnd(entry, { memory, hostWeights: [0.5, 0.25] }), start);
    const next = await writer.begin(entry.key, entry.url);
    expect(next).toMatchObject({ memory, hostWeights: [0.5, 0.25] });
    expect(await reader.find(entry.key)).not.toHaveProperty('memory');
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

describe('a purge', () => {
  const aHost = () => `host-${Math.random().toString(36).slice(2)}.example`;
  let purger: PreviewPurger;

  beforeAll(() => {
    purger = new PreviewPurger(dataSource);
  });

  /** As the gateway does it, without its caches. */
  async function purge(scope: PurgeScope) {
    const version = await purger.note(scope);
    const keys = await purger.keysBelow(scope, version);
    await purger.removeBelow(scope, version);
    return { version, keys };
  }

  test('by key, host or tag names what it means and nothing else, and removes it', async () => {
    const [host, other] = [aHost(), aHost()];
    const one = await stored(unversioned({ at: `https://${host}/one`, tags: ['news'] }));
    const two = await stored(unversioned({ at: `https://${host}/two` }));
    const three = await stored(unversioned({ at: `https://${other}/three`, tags: [host] }));

    const byKey = await purge(`key:${one.key}`);
    expect(byKey.keys).toEqual([one.key]);
    expect(byKey.version).toBeGreaterThan(three.version);
    expect((await purge(`host:${host}`)).keys).toEqual([two.key]);
    expect((await purge(`tag:${host}`)).keys).toEqual([three.key]);
    for (const { key } of [one, two, three]) expect(await reader.find(key)).toBeUndefined();
  });

  test('of a key that was never stored names it all the same: a cache may hold it', async () => {
    const { key } = anEntry({ at: 'https://never-stored.example/' });
    expect((await purge(`key:${key}`)).keys).toEqual([key]);
  });

  test('that broke off before the rows went finds them again', async () => {
    const host = aHost();
    const entry = await stored(unversioned({ at: `https://${host}/page` }));
    await purger.note(`host:${host}`);
    expect((await purge(`host:${host}`)).keys).toEqual([entry.key]);
  });

  test('voids the scrapes that began before it, and not those after', async () => {
    const entry = unversioned({ at: `https://${aHost()}/page`, tags: ['void'] });
    for (const scope of [`key:${entry.key}`, `host:${new URL(entry.fetchUrl).host}`, 'tag:void'] as const) {
      const before = await writer.begin(entry.key, entry.url);
      await purge(scope);
      expect(await save(entry, before)).toEqual({ kind: 'void' });
      await stored(entry);
    }
  });

  test('on a database in which nothing was ever stored voids the first scrape, too', async () => {
    const empty = await new DataSource(dataSourceOptions(await freshDatabase(), 4)).initialize();
    await migrate(empty);
    const entry = unversioned({ at: 'https://first.example/' });
    const first = new PreviewStoreWriter(empty);
    const start = await first.begin(entry.key, entry.url);
    await new PreviewPurger(empty).note(`key:${entry.key}`);
    expect(await first.save(anEnd(entry), start)).toEqual({ kind: 'void' });
    await empty.destroy();
  });

  test('makes its rows as good as gone for whoever begins before they are, so that nothing is renewed from them', async () => {
    const entry = unversioned({ at: `https://${aHost()}/page` });
    await stored(entry);
    const version = await purger.note(`key:${entry.key}`);
    const start = await writer.begin(entry.key, entry.url);
    expect(start).toMatchObject({ held: undefined, memory: NO_MEMORY });
    const saved = await save({ ...entry, fetchUrl: 'https://new.example/' }, start);
    expect(saved).toMatchObject({ kind: 'saved' });
    await purger.removeBelow(`key:${entry.key}`, version);
    expect(await reader.find(entry.key)).toMatchObject({ fetchUrl: 'https://new.example/' });
  });

  test('waits for a save that did not see it, and is above it', async () => {
    const entry = unversioned({ at: `https://${aHost()}/slow` });
    const start = await writer.begin(entry.key, entry.url);
    // Somebody holds the row of the purge's note: the note is written late, whatever its number.
    await purger.note(`key:${entry.key}`);
    const next = await writer.begin(entry.key, entry.url);
    const holder = dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT 1 FROM purge WHERE scope = $1 FOR UPDATE', [`key:${entry.key}`]);
    const noting = purger.note(`key:${entry.key}`);
    const saving = save(entry, next);
    await holder.commitTransaction();
    await holder.release();
    const [version, saved] = await Promise.all([noting, saving]);
    expect(saved.kind === 'void' || (saved.kind === 'saved' && saved.entry.version < version)).toBe(true);
    expect(await save(entry, start)).toEqual({ kind: 'void' });
  });

  test('racing with writers leaves none of what they scraped before it', async () => {
    const host = aHost();
    const entries = Array.from({ length: 30 }, (_, index) => unversioned({ at: `https://${host}/${index}` }));
    const starts = await Promise.all(entries.map(({ key, url }) => writer.begin(key, url)));
    const saves = entries.map((entry, index) => save(entry, starts[index]));
    await Promise.all([purge(`host:${host}`), ...saves]);
    const left = await Promise.all(entries.map(({ key }) => reader.find(key)));
    expect(left.filter((entry) => entry !== undefined)).toEqual([]);
  });
});

describe('the schema', () => {
  test('any number of processes may migrate at once', async () => {
    const empty = await freshDatabase();
    const processes = await Promise.all(
      Array.from({ length: 5 }, () => new DataSource(dataSourceOptions(empty, 2)).initialize()),
    );
    const ran = await Promise.all(processes.map((one) => migrate(one)));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
    await Promise.all(processes.map((process) => process.destroy()));
  });

  test('is the one that the entities describe', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});

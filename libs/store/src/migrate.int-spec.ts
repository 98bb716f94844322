import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { migrate, MigrationBlocked } from './migrate.js';
import { HostIndex1764298800000 } from './migrations/1764298800000-host-index.js';
import { buildIndex } from './migrations/build-index.js';

/** A change that no reader of the table may run beside. */
class Later1999999999999 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE preview ADD COLUMN later text NOT NULL DEFAULT 'x'`);
  }

  async down(): Promise<void> {}
}

/** One that waits for all others. */
class LaterIndex2000000000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await buildIndex(runner, 'later_index', 'preview (fetched_at)');
  }

  async down(): Promise<void> {}
}

let url: string;
const open: { destroy(): Promise<void> }[] = [];

beforeEach(async () => {
  url = await freshDatabase();
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.destroy();
});

/** A process of some version. @param more what it knows beyond ours */
async function process(
  more: readonly (new () => MigrationInterface)[] = [],
  knows = (_name: string) => true,
): Promise<DataSource> {
  const options = dataSourceOptions(url, 2) as DataSourceOptions & {
    readonly migrations: readonly (new () => MigrationInterface)[];
  };
  const migrations = [...options.migrations.filter(({ name }) => knows(name)), ...more];
  const dataSource = await new DataSource({ ...options, migrations }).initialize();
  open.push(dataSource);
  return dataSource;
}

async function client(): Promise<Client> {
  const connected = new Client(url);
  await connected.connect();
  open.push({ destroy: () => connected.end() });
  return connected;
}

/** The indexes of a table, those that are no good marked. */
async function indexesOf(table: string): Promise<readonly string[]> {
  const looking = new Client(url);
  await looking.connect();
  const { rows } = await looking.query<{ name: string }>(
    `SELECT relname || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END AS name
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = $1::regclass ORDER BY 1`,
    [table],
  );
  await looking.end();
  return rows.map(({ name }) => name);
}

const NEWEST = ['preview_host_key', 'preview_pkey', 'preview_tags'];

describe('bringing the schema up to date', () => {
  test('by many at once is done by one, and the others wait, also for what is built concurrently', async () => {
    const waits: string[] = [];
    const all = await Promise.all(Array.from({ length: 4 }, () => process([LaterIndex2000000000000])));
    const ran = await Promise.all(all.map((one) => migrate(one, { onWait: (why) => waits.push(why) })));
    expect(ran.map((names) => names.length > 0).filter(Boolean)).toHaveLength(1);
    expect(waits).toEqual(Array.from({ length: 3 }, () => 'another process brings the schema up to date'));
    expect(await indexesOf('preview')).toEqual(['later_index', ...NEWEST]);
  });

  test('lets a process that knows less leave a newer schema as it is', async () => {
    await migrate(await process([Later1999999999999]));
    expect(await migrate(await process())).toEqual([]);
  });

  test('gives way to those who read, and is done when the table is free', async () => {
    await migrate(await process());
    const [holder, reader] = [await client(), await client()];
    await holder.query('BEGIN; SELECT 1 FROM preview');
    const waits: string[] = [];
    const migrated = migrate(await process([Later1999999999999]), { onWait: (why) => waits.push(why) });
    // Whoever waited behind the change until it is done would do so for ever: it waits for who is let go after him.
    for (let late = 0; late < 2 || waits.length === 0;) {
      const askedAt = performance.now();
      await reader.query('SELECT 1 FROM preview');
      if (performance.now() - askedAt > 100) late += 1;
      await pause(5);
    }
    await holder.query('COMMIT');
    expect(await migrated).toEqual(['Later1999999999999']);
    expect(waits).toEqual(['somebody holds a table that has to change']);
  });

  test('ends with a word for people when the table is never free, and can be begun again', async () => {
    await migrate(await process());
    const holder = await client();
    await holder.query('BEGIN; SELECT 1 FROM preview');
    const next = await process([Later1999999999999]);
    await expect(migrate(next, { patienceMs: 500 })).rejects.toThrow(MigrationBlocked);
    await holder.query('COMMIT');
    expect(await migrate(next)).toEqual(['Later1999999999999']);
    const [{ timeout }] = await next.query(`SELECT current_setting('lock_timeout') AS timeout`);
    expect(timeout).toBe('0'); // of the pool's connections
  });
});

describe('an index on a table that is in use', () => {
  test('is built while rows are written', async () => {
    await migrate(await process());
    const [holder, writer] = [await client(), await client()];
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM preview'); // for which the index has to wait
    const migrated = migrate(await process([LaterIndex2000000000000]));
    const write = () =>
      writer.query(
        `INSERT INTO preview (key, version, url, host, fetch_url, outcome, fetched_at, fresh_until, stale_until)
         VALUES (gen_random_uuid(), nextval('preview_version'), 'u', 'h', 'f', '{}', now(), now(), now())`,
      );
    while (!(await indexesOf('preview')).includes('later_index (invalid)')) await write();
    // It is on its way. Whoever waited for it would do so for ever: it waits for who is let go after him.
    for (let row = 0; row < 100; row += 1) await write();
    expect(await indexesOf('preview')).toContain('later_index (invalid)');
    await holder.query('COMMIT');
    await migrated;
    expect(await indexesOf('preview')).toContain('later_index');
  });

  test('that a broken run left behind is built anew', async () => {
    await migrate(await process());
    const admin = await client();
    const aPage = `INSERT INTO preview (key, version, url, host, fetch_url, outcome, fetched_at, fresh_until, stale_until)
      VALUES (gen_random_uuid(), 1, 'u', 'h', 'f', '{}', '2026-03-02', now(), now())`;
    await admin.query(aPage);
    await admin.query(aPage);
    await expect(
      admin.query('CREATE UNIQUE INDEX CONCURRENTLY later_index ON preview (fetched_at)'),
    ).rejects.toThrow(/unique/);
    expect(await indexesOf('preview')).toContain('later_index (invalid)');
    await migrate(await process([LaterIndex2000000000000]));
    expect(await indexesOf('preview')).toContain('later_index');
  });

  test('that was once built with others is taken as it is', async () => {
    const before = await process([], (name) => name !== HostIndex1764298800000.name);
    await migrate(before);
    await before.query('CREATE INDEX preview_host_key ON preview (host, key); DROP INDEX preview_host');
    expect(await migrate(await process())).toEqual([HostIndex1764298800000.name]);
    expect(await indexesOf('preview')).toEqual(NEWEST);
  });
});

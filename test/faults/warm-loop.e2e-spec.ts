import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createClient } from '@redis/client';
import { Client } from 'pg';
import { decodeDemand } from '#libs/forecast';
import { canonicalUrl, previewKey } from '#libs/preview';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack } from '../support/stack.js';

/** Counts are handed over five times a second; a worker that is dead for a second is known to be. */
const SETTINGS = { DEMAND_WINDOW: '200ms', WARM_ROUND: '100ms', JOB_LOCK: '1s', JOB_STALLED_CHECK: '500ms' };

let site: FakeSite;
let stack: Stack;
/** Outside of any transaction, as within one the view of who waits stands still. */
let database: Client;

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
});

afterAll(() => site.stop());

beforeEach(async () => {
  stack = await Stack.start({ environment: SETTINGS });
  database = new Client(stack.databaseUrl);
  await database.connect();
});

afterEach(async () => {
  await database.end();
  await stack.stop();
});

async function first<Row>(query: string, values: readonly unknown[] = []): Promise<Row | undefined> {
  return (await database.query(query, [...values])).rows[0];
}

/** Reads that the demand for a page is made of. */
async function demandOf(url: string): Promise<number> {
  const row = await first<{ state: Buffer }>('SELECT state FROM demand WHERE key = $1', [
    previewKey(canonicalUrl(url)),
  ]);
  return row === undefined ? 0 : decodeDemand(row.state).reads;
}

/** Reads that the totals know of. */
async function readsInTotal(): Promise<number> {
  const row = await first<{ reads: number }>(
    `SELECT coalesce(sum(amount), 0) AS reads FROM minute_total WHERE name LIKE 'read.%' AND name <> 'read.warmed'`,
  );
  return row!.reads;
}

async function readPage(url: string, times: number): Promise<void> {
  await Promise.all(Array.from({ length: times }, () => read(stack.gateway, url)));
}

test('a worker that is killed while it adds demand has added none of it, and another adds all of it once', async () => {
  const url = site.page('/counted', html('Counted')).url('/counted');
  await readPage(url, 1);
  await eventually(
    () => demandOf(url),
    (reads) => reads === 1,
  );

  const holder = new Client(stack.databaseUrl);
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE demand IN EXCLUSIVE MODE'); // it can be read, and not written
    await readPage(url, 7);
    const dying = await eventually(
      () =>
        first<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO demand %'`,
        ),
      (waiting) => waiting !== undefined,
    );
    const { process: doomed } = stack.workers[0]!;
    doomed.signal('SIGKILL');
    await doomed.ended;
    await holder.query('COMMIT');
    // Postgres learns of the death when it has written and nobody listens.
    await eventually(
      () => first('SELECT pid FROM pg_stat_activity WHERE pid = $1', [dying!.pid]),
      (backend) => backend === undefined,
    );
    expect(await demandOf(url)).toBe(1);

    await stack.addWorker();
    await eventually(
      () => demandOf(url),
      (reads) => reads >= 8,
    );
    // What comes after it in the queue shows that nothing before it is still to come.
    const other = site.page('/after', html('After')).url('/after');
    await readPage(other, 1);
    await eventually(
      () => demandOf(other),
      (reads) => reads === 1,
    );
    expect(await demandOf(url)).toBe(8);
    // How a read ended can be told a window later than that it was.
    expect(await eventually(readsInTotal, (reads) => reads >= 9)).toBe(9);
  } finally {
    await holder.end();
  }
});

test('a caching Redis that is emptied is filled again before anyone asks, and no origin hears of it', async () => {
  const urls = Array.from({ length: 5 }, (_, page) =>
    site.page(`/hot-${page}`, html(`Hot ${page}`)).url(`/hot-${page}`),
  );
  for (const url of urls) await readPage(url, 2);
  for (const url of urls)
    await eventually(
      () => demandOf(url),
      (reads) => reads === 2,
    );
  const keys = urls.map((url) => `warmlink:preview:3:${previewKey(canonicalUrl(url))}`);
  const cache = createClient({ url: stack.cache.url });
  await cache.connect();
  try {
    await cache.flushAll();
    await eventually(
      () => cache.exists(keys),
      (found) => found === keys.length,
    );
  } finally {
    await cache.disconnect();
  }
  expect(urls.map((_, page) => site.visitsTo(`/hot-${page}`))).toEqual(urls.map(() => 1));
  // A gateway whose memory is empty finds them there.
  const fresh = await stack.addGateway();
  const answers = await Promise.all(urls.map((url) => read(fresh, url)));
  expect(answers.map(({ body, headers }) => [body.data.title, headers.get('x-cache-status')])).toEqual(
    urls.map((_, page) => [`Hot ${page}`, 'HIT']),
  );
});

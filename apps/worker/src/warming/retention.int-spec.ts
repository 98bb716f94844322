import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions, Leases, migrate, UnreadRows, WarmLedger } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { freshDatabase } from '../../../../test/support/test-servers.js';
import { Retention } from './retention.js';
import { WarmLoop } from './warm-loop.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2027, 0, 15, 12);

/** Rows that a round may look at. */
const A_ROUND = 2_000;

let dataSource: DataSource;
let rows: UnreadRows;
let retention: Retention;

/** What was asked of the walk, by whom it was asked last. */
const steps: { readonly limit: number; readonly dropped: number }[] = [];

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 6)).initialize();
  await migrate(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(async () => {
  await dataSource.query('TRUNCATE preview, demand, warm_batch, lease CASCADE');
  for (const day of await days()) await dataSource.query(`DROP TABLE ${day}`);
  steps.length = 0;
  rows = new (class extends UnreadRows {
    override async drop(...asked: Parameters<UnreadRows['drop']>) {
      const step = await super.drop(...asked);
      steps.push({ limit: asked[3], dropped: step.dropped });
      return step;
    }
  })(dataSource);
  retention = aRetention();
});

/** Of one worker. */
function aRetention(): Retention {
  return new Retention(new WarmLedger(dataSource), rows, new Logger('worker', 'error'), {
    unreadMs: 90 * DAY,
    totalsMs: 30 * DAY,
  });
}

/** So many pages and as much demand, last visited and read so many days ago. */
async function pages(count: number, daysAgo: number): Promise<void> {
  const at = new Date(NOW - daysAgo * DAY);
  await dataSource.query(
    `WITH page AS (
       INSERT INTO preview (key, version, url, host, fetch_url, outcome, fetched_at, fresh_until, stale_until)
       SELECT gen_random_uuid(), nextval('preview_version'), '//kettle.example/', 'kettle.example', 'https://kettle.example/',
         '{"kind":"success"}', $2, $2, $2
       FROM generate_series(1, $1::int) RETURNING key)
     INSERT INTO demand (key, last_read_at, heat, state) SELECT key, $3, 1, '' FROM page`,
    [count, at, at.getTime()],
  );
}

async function count(table: string): Promise<number> {
  const [row] = await dataSource.query(`SELECT count(*)::int AS count FROM ${table}`);
  return row.count;
}

/** The days that are kept of both daily tables. */
async function days(): Promise<readonly string[]> {
  const found: readonly { name: string }[] = await dataSource.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits
     WHERE inhparent IN ('demand_chunk'::regclass, 'minute_total'::regclass) ORDER BY 1`,
  );
  return found.map(({ name }) => name);
}

async function aDay(table: 'demand_chunk' | 'minute_total', daysAgo: number): Promise<string> {
  const [from, until] = [daysAgo, daysAgo - 1].map((ago) =>
    new Date(NOW - ago * DAY).toISOString().slice(0, 10),
  );
  const name = `${table}_${from!.replaceAll('-', '')}`;
  await dataSource.query(
    `CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES FROM ('${from}') TO ('${until}')`,
  );
  return name;
}

async function aBatch(daysAgo: number): Promise<string> {
  const id = randomUUID();
  await dataSource.query('INSERT INTO warm_batch (id, due_at) VALUES ($1, $2)', [
    id,
    new Date(NOW - daysAgo * DAY),
  ]);
  await dataSource.query(
    `INSERT INTO warm_order (batch, position, key, url, starts_at) VALUES ($1, 0, gen_random_uuid(), 'u', now())`,
    [id],
  );
  return id;
}

describe('retention', () => {
  test('walks through all pages and their demand, so many rows a round, and leaves what is read', async () => {
    await pages(4_500, 100);
    await pages(500, 1);
    let rounds = 0;
    for (let before = -1; steps.length > before; rounds += 1) {
      before = steps.length;
      await retention.round(NOW + rounds * 1_000);
    }
    expect([await count('preview'), await count('demand')]).toEqual([500, 500]);
    expect(steps.every(({ limit, dropped }) => limit === A_ROUND && dropped <= A_ROUND)).toBe(true);
    expect(steps).toHaveLength(6); // three for each table
    expect(rounds).toBe(7); // the last has nothing to do
  });

  test('walks anew after six hours, and not before', async () => {
    await retention.round(NOW);
    await retention.round(NOW);
    await pages(10, 100);
    await retention.round(NOW + 5 * HOUR);
    expect(await count('preview')).toBe(10);
    await retention.round(NOW + 6 * HOUR + 1_000);
    expect(await count('preview')).toBe(0);
  });

  test('drops whole days of totals and of chunks when they are over, once an hour', async () => {
    const kept = [await aDay('demand_chunk', 0), await aDay('minute_total', 29)];
    await Promise.all([aDay('demand_chunk', 10), aDay('minute_total', 31), aDay('minute_total', 40)]);
    await retention.round(NOW);
    expect(await days()).toEqual(kept);
    const late = await aDay('minute_total', 33);
    await retention.round(NOW + HOUR - 1);
    expect(await days()).toContain(late);
    await retention.round(NOW + HOUR);
    expect(await days()).toEqual(kept);
  });

  test('lets go of lists a week after their time, with their orders', async () => {
    const [, ...kept] = [await aBatch(8), await aBatch(6), await aBatch(-20)];
    await retention.round(NOW);
    const left: readonly { id: string }[] = await dataSource.query('SELECT id FROM warm_batch');
    expect(left.map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
    expect(await count('warm_order')).toBe(2);
  });

  test('goes on where a backup holds a day: it drops the others’ rows, and the day an hour later', async () => {
    const held = await aDay('minute_total', 40);
    await pages(10, 100);
    await dataSource.transaction(async (backup) => {
      await backup.query(`SELECT count(*) FROM ${held}`);
      await expect(retention.round(NOW)).rejects.toThrow('lock timeout');
      await retention.round(NOW + 1_000);
    });
    expect([await count('preview'), await count('demand')]).toEqual([0, 0]);
    expect(await days()).toEqual([held]);
    await retention.round(NOW + HOUR);
    expect(await days()).toEqual([]);
  });
});

describe('with several workers', () => {
  /** Of what a round does, retention alone. */
  function aLoop(): WarmLoop {
    const idle = {
      ifLost: async () => undefined,
      decide: async () => undefined,
      settleLapsed: async () => undefined,
      release: () => undefined,
      stop: async () => undefined,
    };
    const clock = new ManualClock(NOW);
    return new WarmLoop(
      idle as never,
      idle as never,
      idle as never,
      aRetention(),
      new Leases(dataSource),
      clock,
      new Logger('worker', 'error'),
      { roundMs: 1_000, leadMs: 1_000 },
    );
  }

  test('it is one’s work, who keeps the place in the walk; and another’s when that one has ended', async () => {
    await pages(3_000, 100);
    const loops = [aLoop(), aLoop(), aLoop()] as const;
    await Promise.all(loops.map((loop) => loop.turn()));
    expect(steps).toHaveLength(1);
    expect(await count('preview')).toBe(1_000);
    for (let turn = 0; turn < 5; turn += 1) await Promise.all(loops.map((loop) => loop.turn()));
    expect(steps).toHaveLength(4); // two for each table
    expect([await count('preview'), await count('demand')]).toEqual([0, 0]);
    for (const loop of loops) await loop.beforeApplicationShutdown();
    await pages(10, 100);
    await aLoop().turn();
    expect(await count('preview')).toBe(0);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { decodeDemand, LearnedOdds, type StoredWarmForecast } from '#libs/forecast';
import type { PreviewEntry, PreviewKey } from '#libs/preview';
import { dataSourceOptions, migrate, type Totals, WarmLedger, WarmReleases } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { aStoredPreview } from '../../../../test/support/stored-preview.js';
import { freshDatabase } from '../../../../test/support/test-servers.js';
import { RollUp } from './roll-up.js';
import { WarmPlanner } from './warm-planner.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LEAD = 2 * SECOND;
const SETTLE_AFTER = 22 * SECOND;
const SHARE = 0.1;

let dataSource: DataSource;
let ledger: WarmLedger;
let releases: WarmReleases;
let clock: ManualClock;
let rollUp: RollUp;
let planner: WarmPlanner;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 6)).initialize();
  await migrate(dataSource);
  ledger = new WarmLedger(dataSource);
  releases = new WarmReleases(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(async () => {
  clock = new ManualClock();
  await dataSource.query(`TRUNCATE demand, demand_chunk, minute_total, preview CASCADE`);
  await dataSource.query(
    `UPDATE forecast_model SET learned = NULL, decided_until = 0, lapsed_until = 0, visits_since = $1,
       visits_counted = 0, firsts_counted = 0`,
    [new Date(clock.now())],
  );
  rollUp = new RollUp(ledger, clock, new Logger('worker', 'error'), { share: SHARE, hostShare: 1 });
  planner = aPlanner();
});

function aPlanner(share = SHARE, hostShare = 1): WarmPlanner {
  return new WarmPlanner(ledger, new Logger('worker', 'error'), {
    budgets: { share, hostShare },
    settleAfterMs: SETTLE_AFTER,
  });
}

/** Stores a copy that is fetched now and lives for an hour, of a page with a host to itself; say only what matters. */
function fetched(page: string, end: Parameters<typeof aStoredPreview>[2] = {}): Promise<PreviewEntry> {
  const now = clock.now();
  const given = { at: `https://${page}.example/`, fetchedAt: now, freshUntil: now + HOUR };
  return aStoredPreview(dataSource, given, end);
}

/** So many reads of a key within the last ten seconds. */
async function read(key: PreviewKey, reads = 1): Promise<void> {
  const until = clock.now();
  const [from, firstAt, lastAt] = [until - 10 * SECOND, until - reads, until - 1];
  const keys = [{ key, reads, error: 0, firstAt, lastAt }];
  await rollUp.add({ id: randomUUID(), from, until, keys, totals: {} });
}

/** A round's decisions. */
async function decide(by = planner): Promise<void> {
  await by.decide(clock.now() + LEAD, clock.now());
}

async function planOf(key: PreviewKey) {
  const [row] = await dataSource.query(
    `SELECT period_from AS from, period_until AS until, period_warmed AS warmed, probability, score, moment_at FROM warm_plan WHERE key = $1`,
    [key],
  );
  const ms = (text: string | null) => (text === null ? null : Number(text));
  const { moment_at: momentAt, ...plan } = row;
  return { ...plan, from: ms(row.from), until: ms(row.until), momentAt: ms(momentAt) };
}

/** What a copy's plan says as long as nothing was decided to be done about it. */
const NOT_SET_ASIDE = {
  from: null,
  until: null,
  warmed: null,
  probability: null,
  score: null,
  momentAt: null,
};

async function isSetAside(key: PreviewKey): Promise<boolean> {
  return (await planOf(key)).score !== null;
}

async function learned(): Promise<StoredWarmForecast> {
  const [row] = await dataSource.query(`SELECT learned FROM forecast_model`);
  return row.learned;
}

async function total(name: string): Promise<number> {
  const [row] = await dataSource.query(`SELECT sum(amount) AS sum FROM minute_total WHERE name = $1`, [name]);
  return row.sum ?? 0;
}

/** Adds to the totals of now, as visits do. */
function visited(totals: Totals): Promise<void> {
  return ledger.open({ totalsAt: clock.now() }, (entry) => entry.addTotals(clock.now(), totals));
}

describe('deciding', () => {
  test('sets aside what will likely be read, at its expiry, with its next period and what it is worth', async () => {
    const [page, cheap, unread] = [
      await fetched('page'),
      await fetched('cheap', { refetchCost: 0.25 }),
      await fetched('unread'),
    ];
    clock.advance(HOUR - MINUTE);
    const young = await fetched('young');
    for (const { key } of [page, cheap, young]) await read(key, 100);
    await decide();
    expect(await isSetAside(page.key)).toBe(false);

    clock.advance(MINUTE - LEAD);
    await decide();
    const [{ state }] = await dataSource.query('SELECT state FROM demand WHERE key = $1', [page.key]);
    const probability = new LearnedOdds().probability(decodeDemand(state), page.freshUntil, HOUR);
    const plan = {
      from: page.freshUntil,
      until: page.freshUntil + HOUR,
      warmed: true,
      probability: expect.closeTo(probability, 5),
      score: expect.closeTo(-Math.log1p(-probability), 3),
      momentAt: null,
    };
    expect(await planOf(page.key)).toEqual(plan);
    expect(await planOf(cheap.key)).toEqual({
      ...plan,
      score: expect.closeTo(-4 * Math.log1p(-probability), 3),
    });
    expect(await planOf(unread.key)).toEqual(NOT_SET_ASIDE);
    expect(await planOf(young.key)).toEqual(NOT_SET_ASIDE);
  });

  test('is done once for each copy, even for one whose warm came to nothing, and over the same time again', async () => {
    const { key } = await fetched('page');
    clock.advance(HOUR - LEAD);
    await read(key, 100);
    await decide();
    expect(await releases.takePlanned(clock.now())).toMatchObject({ key });
    await releases.giveUp(key);
    for (const forgetsItsPlace of [false, true]) {
      if (forgetsItsPlace) await dataSource.query(`UPDATE forecast_model SET decided_until = 0`);
      clock.advance(SECOND);
      await read(key);
      await decide();
      expect(await planOf(key)).toMatchObject({ warmed: false, score: null });
    }
  });

  test('is done anew for the copy after it', async () => {
    const { key } = await fetched('page');
    for (const _ of [1, 2, 3]) {
      clock.advance(HOUR - LEAD);
      await visited({ 'visit.scrape.first': 100 });
      await read(key, 100);
      await decide();
      expect(await releases.takePlanned(clock.now())).toMatchObject({ key });
      await fetched('page', { reason: 'warm' });
    }
  });

  test('gives what the budget has left to the best, and what is set aside is taken from it until it is released', async () => {
    const [good, best] = [await fetched('good'), await fetched('best', { refetchCost: 0.25 })];
    clock.advance(SECOND);
    const next = await fetched('next');
    // One beyond three first visits, of which a tenth is allowed: of the one that may be overdrawn, 0.3 are left.
    await visited({ 'visit.scrape.page': 1 });
    clock.advance(HOUR - LEAD - SECOND);
    await read(good.key, 50);
    await read(best.key, 100);
    await read(next.key, 200);
    await decide();
    expect(await isSetAside(best.key)).toBe(true);
    expect(await isSetAside(good.key)).toBe(false);
    clock.advance(SECOND);
    await decide();
    expect(await isSetAside(next.key)).toBe(false);
  });

  test('warms nothing within a budget of none', async () => {
    const { key } = await fetched('page');
    clock.advance(HOUR - LEAD);
    await read(key, 100);
    await decide(aPlanner(0));
    expect(await planOf(key)).toEqual(NOT_SET_ASIDE);
  });

  test('warms nothing of what expired long ago, as no worker was there', async () => {
    const { key } = await fetched('page');
    clock.advance(1.5 * HOUR + 1);
    await read(key, 100);
    await decide();
    expect(await isSetAside(key)).toBe(false);
  });

  test('reaches the last of any number of copies that expire at one moment', async () => {
    const { key } = await fetched('page');
    // As many as two steps take, all of them before the one that is read.
    const last = 'ffffffff-ffff-4fff-bfff-ffffffffffff' as PreviewKey;
    const columns = `version, url, host, fetch_url, preview, outcome, facets, tags, fetched_for, fetched_at, fresh_until, stale_until, memory`;
    await dataSource.query(
      `INSERT INTO preview (key, ${columns}) SELECT new.key, ${columns} FROM preview CROSS JOIN
         (SELECT gen_random_uuid() AS key FROM generate_series(1, 20000) UNION ALL SELECT $1::uuid) AS new`,
      [last],
    );
    await dataSource.query(
      `INSERT INTO warm_plan (key, version, due_at, ttl_ms, cost)
       SELECT v.key, p.version, p.due_at, p.ttl_ms, p.cost FROM warm_plan p CROSS JOIN preview v WHERE v.key <> p.key`,
    );
    clock.advance(HOUR - LEAD);
    await read(last, 100);
    await decide();
    expect(await isSetAside(last)).toBe(true);
    expect(await isSetAside(key)).toBe(false);
  });
});

describe('a key with a rhythm', () => {
  const DAY = 24 * HOUR;
  const NINE_THIRTY = Date.UTC(2027, 0, 18, 9, 30); // a Monday
  const at = (time: number) => clock.advance(time - clock.now());

  /** Rounds at these times, in order; says when the page was set aside. */
  async function setAsideAt(key: PreviewKey, times: readonly number[]): Promise<readonly number[]> {
    const found: number[] = [];
    for (const time of times) {
      at(time);
      await decide();
      await planner.settleLapsed(clock.now());
      if (!(await isSetAside(key))) continue;
      found.push(time);
      await releases.takePlanned(clock.now());
      await fetched('page', { reason: 'warm' });
    }
    return found;
  }

  const every = (step: number, from: number, until: number) =>
    Array.from({ length: Math.ceil((until - from) / step) }, (_, nth) => from + nth * step);

  /** Read once at this time of three days in a row, each time for want of a fresh copy. */
  async function readOnThreeDays(): Promise<PreviewKey> {
    await visited({ 'visit.scrape.first': 100 });
    for (const day of [0, 1, 2]) {
      at(NINE_THIRTY + SECOND + day * DAY);
      const { key } = await fetched('page', { reason: 'refresh' });
      await read(key);
      await setAsideAt(key, every(HOUR / 2, clock.now(), clock.now() + 4 * HOUR));
      if (day === 2) return key;
    }
    throw new Error('unreachable');
  }

  test('that is read at one time of the day is warmed just before it, long after its copy expired', async () => {
    const key = await readOnThreeDays();
    const day = NINE_THIRTY + 3 * DAY;
    expect(await setAsideAt(key, every(MINUTE, day - HOUR / 2, day + HOUR / 2))).toEqual([day - 2 * MINUTE]);
    await read(key);
    expect(await total('warm.used')).toBe(1);
  });

  test('that is read in between is decided upon anew: its copy is another one', async () => {
    const key = await readOnThreeDays();
    at(NINE_THIRTY + 3 * DAY - 30 * MINUTE);
    await fetched('page', { reason: 'refresh' });
    expect(await planOf(key)).toMatchObject({ momentAt: null });
    await read(key);
    expect(await setAsideAt(key, every(MINUTE, clock.now(), NINE_THIRTY + 3 * DAY))).toEqual([]);
  });

  test('has its next moment, though no worker was there when its copy expired', async () => {
    const key = await readOnThreeDays();
    await dataSource.query(`UPDATE warm_plan SET moment_at = NULL, moment_kind = NULL`);
    await dataSource.query(`UPDATE forecast_model SET decided_until = 0`);
    const day = NINE_THIRTY + 3 * DAY;
    expect(await setAsideAt(key, [day - 12 * HOUR, ...every(MINUTE, day - HOUR / 2, day)])).toEqual([
      day - 2 * MINUTE,
    ]);
  });

  /** Read six times, at intervals of three hours, each time for want of a fresh copy. */
  async function readRegularly(): Promise<PreviewKey> {
    await visited({ 'visit.scrape.first': 100 });
    for (let nth = 0; ; nth += 1) {
      at(NINE_THIRTY + 3 * nth * HOUR);
      const { key } = await fetched('page', { reason: 'refresh' });
      await read(key);
      if (nth === 5) return key;
      await setAsideAt(key, every(HOUR / 2, clock.now(), clock.now() + 2 * HOUR));
    }
  }

  test('that is read at regular intervals is warmed when the next read is due, and not when its copy expires', async () => {
    const key = await readRegularly();
    const last = clock.now();
    const [warmedAt, ...more] = await setAsideAt(key, every(MINUTE, last, last + 3 * HOUR));
    expect(more).toEqual([]);
    expect(warmedAt).toBeGreaterThan(last + 2.75 * HOUR);
    expect(warmedAt).toBeLessThan(last + 3 * HOUR);
  });

  test('whose decision is put off has no period that a read could settle before', async () => {
    const key = await readRegularly();
    const settled = async () => (await total('warm.missed')) + (await total('warm.skipped'));
    clock.advance(HOUR);
    await decide();
    const before = await settled();
    expect((await planOf(key)).momentAt).toBeGreaterThan(clock.now() + HOUR);
    clock.advance(HOUR / 2);
    await read(key);
    expect(await settled()).toBe(before);
    await fetched('page', { reason: 'refresh' });
    clock.advance(MINUTE);
    await read(key);
    expect(await settled()).toBe(before);
  });
});

describe('the budget of a host', () => {
  const page = (at: string) =>
    aStoredPreview(dataSource, { fetchedAt: clock.now(), freshUntil: clock.now() + HOUR, at });

  test('that is used up by it leaves another host its own', async () => {
    await visited({ 'visit.scrape.first': 100 });
    const one = await page('https://example.com/1');
    const two = await page('https://example.com/2');
    const other = await page('https://example.org/');
    clock.advance(HOUR - LEAD);
    for (const { key } of [one, two, other]) await read(key, 100);
    await decide(aPlanner(SHARE, 0.01));
    const isSet = await Promise.all([one, two, other].map(({ key }) => isSetAside(key)));
    expect(isSet[0]).not.toBe(isSet[1]); // a host that is new may be given one
    expect(isSet[2]).toBe(true);
  });

  test('is not touched by pages that are new: each would have been fetched anyhow', async () => {
    await visited({ 'visit.scrape.first': 100 });
    for (let nth = 0; nth < 5; nth += 1) {
      const { key } = await page(`https://example.com/${nth}`);
      await read(key);
    }
    clock.advance(HOUR - LEAD);
    await decide(aPlanner(SHARE, 0.01));
    const { key } = await page('https://example.com/new');
    clock.advance(HOUR - LEAD);
    await read(key, 100);
    await decide(aPlanner(SHARE, 0.01));
    expect(await isSetAside(key)).toBe(true);
  });
});

describe('visits to origins', () => {
  const budget = async () => {
    const { fetches, asideFetches } = (await learned()).budget;
    return { fetches, asideFetches };
  };

  test('are what the budget is measured by: a first one is no extra load, one more of the same page is', async () => {
    for (const page of ['one', 'two', 'three']) await fetched(page);
    await fetched('one', { reason: 'refresh' });
    await fetched('two', { reason: 'warm', work: 'not-modified' });
    await decide();
    expect(await budget()).toEqual({ fetches: 3 + 1 + 0.25, asideFetches: 3 });
  });

  test('count, when they failed, if a forecast caused them', async () => {
    await visited({ 'visit.scrape.failed': 1, 'visit.refresh.failed': 2, 'visit.warm.failed': 4 });
    await decide();
    expect(await budget()).toEqual({ fetches: 4, asideFetches: 0 });
  });

  test('that people ordered are in no budget', async () => {
    await fetched('new', { reason: 'order' });
    await fetched('new', { reason: 'order' });
    await fetched('new', { reason: 'order', work: 'not-modified' });
    await visited({ 'visit.order.failed': 1 });
    await decide();
    expect(await budget()).toEqual({ fetches: 0, asideFetches: 0 });
  });

  test('count once each, over any number of rounds, whether they come before or after that of their minute', async () => {
    const rounds = 200;
    for (let round = 0; round < rounds; round += 1) {
      await visited({ 'visit.scrape.page': 1 });
      await decide();
      await visited({ 'visit.scrape.page': 1, 'visit.scrape.first': 1 });
      clock.advance(13 * SECOND);
    }
    clock.advance(MINUTE);
    await decide();
    expect(await budget()).toEqual({ fetches: 3 * rounds, asideFetches: rounds });
  });
});

describe('how a period ended', () => {
  /** Of a page that is warmed at its expiry. */
  async function warmedPeriod(page: string): Promise<PreviewEntry> {
    const { key } = await fetched(page);
    clock.advance(HOUR - LEAD);
    await read(key, 100);
    await decide();
    await releases.takePlanned(clock.now());
    return fetched(page, { reason: 'warm' });
  }

  /** The rounds of so long, one every half minute. */
  async function rounds(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += MINUTE / 2) {
      clock.advance(MINUTE / 2);
      await decide();
      await planner.settleLapsed(clock.now());
    }
  }

  async function outcomes() {
    const names = ['used', 'wasted', 'skipped', 'missed'] as const;
    const totals = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await total(`warm.${name}`)] as const)),
    );
    expect((await learned()).outcomes).toEqual(totals); // what is learned and what is shown are of one piece
    return totals;
  }

  const NONE = { used: 0, wasted: 0, skipped: 0, missed: 0 };

  test('used: it was warmed, and read', async () => {
    const { key } = await warmedPeriod('page');
    clock.advance(MINUTE);
    await read(key);
    await read(key);
    await rounds(2.2 * HOUR);
    expect(await outcomes()).toEqual({ ...NONE, used: 1, skipped: 1 }); // the period after it: nobody came any more
  });

  test('wasted: it was warmed, and not read until the copy expired', async () => {
    await warmedPeriod('page');
    await rounds(HOUR - 2 * MINUTE);
    expect(await outcomes()).toEqual(NONE);
    await rounds(3 * MINUTE);
    expect(await outcomes()).toEqual({ ...NONE, wasted: 1 });
  });

  test('wasted, and not used as well: reads of its last moments were handed over when it had been settled', async () => {
    const { key } = await warmedPeriod('page');
    await rounds(HOUR);
    expect(await outcomes()).toEqual({ ...NONE, wasted: 1 });
    const [{ due_at: dueAt }] = await dataSource.query('SELECT due_at FROM warm_plan');
    const lastAt = Number(dueAt) - 1;
    await rollUp.add({
      id: randomUUID(),
      from: lastAt - SECOND,
      until: clock.now(),
      keys: [{ key, reads: 1, error: 0, firstAt: lastAt, lastAt }],
      totals: {},
    });
    expect(await outcomes()).toEqual({ ...NONE, wasted: 1 });
  });

  test('skipped: it was neither warmed nor read, which is known when its last reads must be there', async () => {
    await fetched('page');
    clock.advance(2 * HOUR + SETTLE_AFTER - 1);
    await planner.settleLapsed(clock.now());
    expect(await total('warm.skipped')).toBe(0);
    clock.advance(1);
    await planner.settleLapsed(clock.now());
    await rounds(HOUR / 10);
    expect(await outcomes()).toEqual({ ...NONE, skipped: 1 });
  });

  test('missed: it was not warmed, and read; nobody settles it again', async () => {
    const { key } = await fetched('page');
    clock.advance(HOUR + MINUTE);
    await read(key);
    await rounds(1.1 * HOUR);
    expect(await outcomes()).toEqual({ ...NONE, missed: 1 });
  });

  test('missed: a reader renewed the copy before its warm', async () => {
    const { key } = await fetched('page');
    clock.advance(HOUR - LEAD);
    await read(key, 100);
    await decide();
    clock.advance(LEAD + SECOND);
    await fetched('page', { reason: 'scrape' });
    await read(key);
    expect(await outcomes()).toEqual({ ...NONE, missed: 1 });
  });

  test('skipped: its warm came to nothing, and nobody missed it', async () => {
    const { key } = await fetched('page');
    clock.advance(HOUR - LEAD);
    await read(key, 100);
    await decide();
    await releases.takePlanned(clock.now());
    await releases.giveUp(key);
    await rounds(1.1 * HOUR);
    expect(await outcomes()).toEqual({ ...NONE, skipped: 1 });
  });

  test('is learned from, for each of any number of copies that lapse at one moment', async () => {
    for (const page of ['one', 'two', 'three']) await read((await fetched(page)).key);
    await rounds(2.1 * HOUR);
    expect(await outcomes()).toEqual({ ...NONE, skipped: 3 });
    expect((await learned()).odds.settled).toBe(3);
  });
});

import { fork } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { encodeDemand, WarmBudget, WarmForecast, withReads } from '#libs/forecast';
import { dataSourceOptions, migrate } from '#libs/store';
import { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import { seededRandom } from './content-change.js';
import type { RoundJob, RoundResult } from './warm-rounds.child.js';
import { median } from './median.js';

const HOUR_MS = 3_600_000;

/** Rounds of each kind, in turns. */
const ROUNDS = 3;

/** Different states of demand; keys share them in turn. */
const STATES = 1_000;

/** What a round's process may take, in MB. */
const MAX_MEGABYTES = 600;

/**
 * One round of forecast and plan over so many keys that are all due, beside one plain SELECT of the rows that it reads; each in a process of
 * its own, in turns. Fails where a round takes longer than `--promise` such SELECTs.
 */
export async function warmRounds(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { promise: { type: 'string', default: '6' } },
  });
  const promise = Number(values.promise);
  const sizes = positionals.length > 0 ? positionals.map(Number) : [100_000, 1_000_000];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0))
    throw new Error('sizes are whole numbers');
  const folder = mkdtempSync(join(tmpdir(), 'warmlink-bench-'));
  chmodSync(folder, 0o755); // so that root's Postgres, which runs as another user, can keep its data here
  const postgres = await PrivatePostgres.start({
    folder: join(folder, 'postgres'),
    password: 'a-bench-password',
    settings: ['max_wal_size=4GB'],
    onLine: () => undefined,
  });
  try {
    const dataSource = await new DataSource(dataSourceOptions(postgres.url, 2)).initialize();
    await migrate(dataSource);
    console.log('| keys | warmed | SELECT ms | round ms | multiple | µs a key | peak MB |');
    console.log('| --- | --- | --- | --- | --- | --- | --- |');
    for (const keys of sizes) await measure(dataSource, postgres.url, keys, promise);
    await dataSource.destroy();
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  dataSource: DataSource,
  databaseUrl: string,
  keys: number,
  promise: number,
): Promise<void> {
  const now = Date.now();
  await fill(dataSource, keys, now);
  const selects: RoundResult[] = [];
  const rounds: RoundResult[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    await reset(dataSource, keys);
    selects.push(await inItsOwnProcess({ kind: 'select', databaseUrl, now }));
    rounds.push(await inItsOwnProcess({ kind: 'round', databaseUrl, now }));
  }
  const selectMs = median(selects.map(({ ms }) => ms));
  const roundMs = median(rounds.map(({ ms }) => ms));
  const peak = Math.max(...rounds.map(({ peakMegabytes }) => peakMegabytes));
  const multiple = roundMs / selectMs;
  if (multiple > promise || peak > MAX_MEGABYTES) process.exitCode = 1;
  const [{ chosen }] = await dataSource.query(
    `SELECT count(*) AS chosen FROM warm_plan WHERE score IS NOT NULL`,
  );
  const figures = [
    keys,
    chosen,
    Math.round(selectMs),
    Math.round(roundMs),
    multiple.toFixed(2),
    ((1_000 * roundMs) / keys).toFixed(1),
    Math.round(peak),
  ];
  console.log(`| ${figures.join(' | ')} |`);
}

/** Previews that all expire within this minute, each with its demand. */
async function fill(dataSource: DataSource, keys: number, now: number): Promise<void> {
  await dataSource.query(`TRUNCATE preview, demand CASCADE`);
  await dataSource.query(`CREATE TEMP TABLE IF NOT EXISTS sample (number int PRIMARY KEY, state bytea)`);
  await dataSource.query(`TRUNCATE sample`);
  await dataSource.query(
    `INSERT INTO sample SELECT ordinality - 1, state FROM unnest($1::bytea[]) WITH ORDINALITY AS s (state)`,
    [sampleStates(now)],
  );
  await dataSource.query(
    `INSERT INTO preview (key, version, url, host, fetch_url, outcome, fetched_at, fresh_until, stale_until)
     SELECT md5(number::text)::uuid, number, '//example.com/' || number, 'example.com', '', '{"kind":"success"}', now(), now(), now()
     FROM generate_series(1, $1::int) AS number`,
    [keys],
  );
  await dataSource.query(
    `INSERT INTO warm_plan (key, version, due_at, ttl_ms, cost)
     SELECT key, version, $1::bigint - version % 60000, $2, 1 FROM preview`,
    [now, HOUR_MS],
  );
  await dataSource.query(
    `INSERT INTO demand (key, last_read_at, heat, state)
     SELECT p.key, $1, 1, s.state FROM preview p JOIN sample s ON s.number = p.version % ${STATES}`,
    [now],
  );
  await dataSource.query(`VACUUM ANALYZE`);
}

/** Demand of all sorts: from one read long ago to one a second. */
function sampleStates(now: number): Buffer[] {
  const random = seededRandom('demand');
  return Array.from({ length: STATES }, () => {
    const meanMs = 1_000 * 4_000 ** random();
    let at = now - 2 * meanMs * (1 + 20 * random());
    let state = withReads(undefined, { reads: 1, firstAt: at, lastAt: at });
    while ((at += 2 * meanMs * random()) < now)
      state = withReads(state, { reads: 1, firstAt: at, lastAt: at });
    return Buffer.from(encodeDemand(state));
  });
}

/** As before the round; with a budget that lets one in ten be warmed. */
async function reset(dataSource: DataSource, keys: number): Promise<void> {
  const forecast = new WarmForecast(new WarmBudget(0.1));
  forecast.countReads(undefined, { reads: 1, firstAt: Date.now(), lastAt: Date.now() }, undefined, undefined);
  forecast.budget.countAside(keys);
  forecast.budget.countFetch(keys);
  await dataSource.query(
    `UPDATE warm_plan SET score = NULL, probability = NULL, moment_at = NULL, moment_kind = NULL,
       period_from = NULL, period_until = NULL, period_warmed = NULL, period_kind = NULL
     WHERE score IS NOT NULL OR moment_at IS NOT NULL`,
  );
  await dataSource.query(`UPDATE forecast_model SET decided_until = 0, visits_counted = 0, learned = $1`, [
    JSON.stringify(forecast.store()),
  ]);
  await dataSource.query(`VACUUM ANALYZE warm_plan`);
}

function inItsOwnProcess(job: RoundJob): Promise<RoundResult> {
  const child = fork(join(import.meta.dirname, 'warm-rounds.child.js'), [JSON.stringify(job)]);
  return new Promise((done, failed) => {
    child.once('message', (result) => done(result as RoundResult));
    child.once('exit', (code) => failed(new Error(`a round ended with ${code}`)));
  });
}

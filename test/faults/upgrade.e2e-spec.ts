import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import { dataSourceOptions, migrate } from '#libs/store';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { knock, makeKey } from '../support/keys.js';
import { tally, underLoad } from '../support/load.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';
import { freshDatabase } from '../support/test-servers.js';

const TABLES = [
  'preview',
  'warm_plan',
  'warm_batch',
  'warm_order',
  'demand',
  'api_key',
  'forecast_model',
  'purge',
];

/** What a version after this one might do: more columns in every table, one of them of what each row says, and an index. */
class NextVersion1999999999999 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS later text`);
      await runner.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS later_count int NOT NULL DEFAULT 0`);
    }
    await runner.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS later_index ON preview (fetched_at)');
  }

  async down(): Promise<void> {}
}

let site: FakeSite;
let stack: Stack;

const asWriter = { 'x-api-key': TOKENS.writer, 'content-type': 'application/json' };
const asOperator = { 'x-api-key': TOKENS.operator };

beforeAll(async () => {
  [site, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    // So short a memory that Postgres is read, and rounds of the warm loop that come often.
    Stack.start({
      gateways: 2,
      environment: { L1_MAX_AGE: '1ms', WARM_ROUND: '200ms', DEMAND_WINDOW: '500ms' },
    }),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

/** The database as a process of the next version has it. */
async function nextVersion(): Promise<DataSource> {
  const options = dataSourceOptions(stack.databaseUrl, 2) as DataSourceOptions & { readonly migrations: [] };
  return new DataSource({
    ...options,
    migrations: [...options.migrations, NextVersion1999999999999],
  }).initialize();
}

/** One of all that is written and read beside previews. */
async function oneOfEach(round: number): Promise<readonly string[]> {
  const url = site.url(`/each-${round}`);
  site.page(`/each-${round}`, html(`Each ${round}`));
  const body = JSON.stringify({ urls: [url], tags: ['upgrade'] });
  const { secret } = await makeKey(stack.gateways[1]!, 'reader');
  const answers = {
    read: (await read(stack.gateways[round % 2]!, url)).status === 200,
    key: (await knock(stack.gateway, secret)) === 403,
    warm: (await call(stack.gateway, 'POST', '/v1/warm', { headers: asWriter, body })).status === 202,
    refresh:
      (
        await call(stack.gateway, 'POST', '/v1/refresh', {
          headers: asWriter,
          body: JSON.stringify({ tag: 'upgrade' }),
        })
      ).status === 202,
    batch:
      (
        await call(stack.gateway, 'POST', '/v1/previews', {
          headers: asWriter,
          body: JSON.stringify({ urls: [url] }),
        })
      ).body.data.previews[0].httpStatus === 200,
    keys: (await get(stack.gateway, '/v1/keys', asOperator)).status === 200,
    hot: (await get(stack.gateway, '/v1/hot-keys', asOperator)).status === 200,
    forecast: (await get(stack.gateway, '/v1/forecast', asOperator)).status === 200,
    statistics: (await get(stack.gateway, '/v1/statistics', asOperator)).status === 200,
    purge:
      (
        await call(stack.gateway, 'DELETE', `/v1/previews?url=${encodeURIComponent(url)}`, {
          headers: { 'x-api-key': TOKENS.writer },
        })
      ).status === 200,
  };
  return Object.entries(answers).flatMap(([name, isRight]) => (isRight ? [] : [name]));
}

describe('a schema that a newer version has changed', () => {
  test('goes on serving this one: no read fails while it is changed under load, and nothing that is written', async () => {
    const urls = Array.from({ length: 2_000 }, (_, index) => {
      site.page(`/cold-${index}`, html(`Cold ${index}`));
      return site.url(`/cold-${index}`);
    });
    const wrong: string[] = [...(await oneOfEach(0)), ...(await oneOfEach(1))];
    const samples = await underLoad(stack.gateways, urls, 50, async (moreReads) => {
      const next = await nextVersion();
      try {
        await moreReads(25);
        for (let round = 2; round < 5; round += 1) wrong.push(...(await oneOfEach(round)));
        const [ran] = await Promise.all([migrate(next), oneOfEach(5).then((found) => wrong.push(...found))]);
        expect(ran).toEqual(['NextVersion1999999999999']);
        for (let round = 6; round < 12; round += 1) wrong.push(...(await oneOfEach(round)));
        await moreReads(25);
      } finally {
        await next.destroy();
      }
    });
    expect(wrong).toEqual([]);
    expect(tally(samples)).toEqual({ 200: samples.length });
    const { body } = await get(stack.gateway, '/queues/api/queues?activeQueue=previews&status=failed', {
      authorization: `Basic ${btoa(`me:${TOKENS.operator}`)}`,
    });
    expect(body.queues[0].counts).toMatchObject({ failed: 0 });
    const said = [...stack.gateways, ...stack.workers].flatMap(({ log }) => log);
    expect(said.filter((line) => /"level":(50|60)|cached plan/.test(line))).toEqual([]);
  });

  test('lets processes of this one start, and serve', async () => {
    const [gateway] = await Promise.all([stack.addGateway(), stack.addWorker()]);
    site.page('/after', html('After'));
    expect((await read(gateway, site.url('/after'))).status).toBe(200);
    expect((await get(gateway, '/health/ready')).status).toBe(200);
  });
});

test('a process that starts while another changes the schema waits, and says so', async () => {
  const databaseUrl = await freshDatabase();
  const other = new Client(databaseUrl);
  await other.connect();
  await other.query('SELECT pg_advisory_lock($1)', [0x7761726d6c]);
  const waiting = Stack.start({ databaseUrl, workers: 1, gateways: 1 });
  await eventually(
    async () =>
      (
        await other.query(`SELECT count(*)::int AS those FROM pg_stat_activity WHERE application_name = 'warmlink'
         AND datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock%' AND state = 'idle'`)
      ).rows[0].those as number,
    (those) => those >= 2,
  );
  expect((await other.query(`SELECT to_regclass('preview') AS preview`)).rows).toEqual([{ preview: null }]);
  await other.query('SELECT pg_advisory_unlock($1)', [0x7761726d6c]);
  const started = await waiting;
  try {
    for (const { log } of [started.gateway, started.workers[0]!])
      expect(log.join('\n')).toContain('not started yet: another process brings the schema up to date');
    expect((await get(started.gateway, '/health/ready')).status).toBe(200);
  } finally {
    await started.stop();
    await other.end();
  }
});

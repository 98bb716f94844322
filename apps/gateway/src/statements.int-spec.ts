import 'reflect-metadata';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { readSettings } from '#libs/settings';
import { ApiKeys } from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PrivateRedis } from '../../local/src/private-redis.js';
import { aStoredPreview } from '../../../test/support/stored-preview.js';
import { freshDatabase, freshRedis, uniqueName } from '../../../test/support/test-servers.js';
import { gatewayApp } from './gateway-app.js';
import { gatewayEnv } from './gateway.env.js';

const OPERATOR = { 'x-api-key': 'a-token-of-operators' };
const HOUR = 3_600_000;

/** What a pool hands out, and how it is asked. */
interface Pooled {
  readonly Client: { readonly prototype: { query: (...given: unknown[]) => unknown } };
}

let app: NestFastifyApplication;
let dataSource: DataSource;
let servers: readonly PrivateRedis[];

/** Statements that this process has sent, as they were written. */
const statements: string[] = [];

beforeAll(async () => {
  const [cache, queue, database] = await Promise.all([
    freshRedis('cache'),
    freshRedis('queue'),
    freshDatabase(),
  ]);
  servers = [cache, queue];
  const env = readSettings(gatewayEnv, {
    DATABASE_URL: database,
    REDIS_CACHE_URL: cache.url,
    REDIS_QUEUE_URL: queue.url,
    OPERATOR_TOKEN: OPERATOR['x-api-key'],
    READ_WAIT: '100ms',
    STORE_DEADLINE: '5s',
  });
  app = await gatewayApp(env, new Logger('gateway', 'error'));
  dataSource = app.get(DataSource);
  await listen();
});

afterAll(async () => {
  await app.close();
  await Promise.all(servers.map((server) => server.stop()));
});

beforeEach(() => dataSource.query('TRUNCATE preview, warm_batch CASCADE'));

async function listen(): Promise<void> {
  await app.listen(0, '127.0.0.1');
  const { Client } = (dataSource.driver as unknown as { readonly master: Pooled }).master;
  const query = Client.prototype.query;
  Client.prototype.query = function counted(this: unknown, ...given: unknown[]) {
    const [statement] = given as [string | { readonly text: string }];
    statements.push(typeof statement === 'string' ? statement : statement.text);
    return query.apply(this, given);
  };
}

/** So many pages of one host, with a tag, that no tier but Postgres has; and as many keys. */
async function storedPages(
  count: number,
): Promise<{ readonly urls: readonly string[]; readonly host: string }> {
  const host = `${uniqueName('host').toLowerCase().replaceAll('_', '-')}.example`;
  const urls = Array.from({ length: count }, (_, index) => `https://${host}/${index}`);
  const now = Date.now();
  for (const at of urls) {
    await app.get(ApiKeys).create({ name: 'one of many', role: 'reader' });
    await aStoredPreview(dataSource, {
      at,
      tags: ['counted'],
      fetchedAt: now,
      freshUntil: now + HOUR,
      staleUntil: now + 2 * HOUR,
    });
  }
  return { urls, host };
}

/** Asks for something that succeeds. @returns what is answered */
async function ask(method: string, path: string, body?: object): Promise<string> {
  const { hostname, port } = new URL(await app.getUrl());
  const headers = { ...OPERATOR, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const asked = request({ hostname, port, method, path, headers });
  asked.end(body && JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBeLessThan(300);
  return text(response);
}

/** How many statements a request costs. */
async function statementsOf(method: string, path: string, body?: object): Promise<number> {
  statements.length = 0;
  await ask(method, path, body);
  return statements.length;
}

describe('a read', () => {
  test('of what only Postgres has is one statement, and none once it is known', async () => {
    const [url] = (await storedPages(1)).urls;
    const path = `/v1/preview?url=${encodeURIComponent(url!)}`;
    expect(await statementsOf('GET', path)).toBe(1);
    expect(statements[0]).toMatch(/^SELECT .* FROM preview v WHERE v\.key = ANY/s);
    expect(await statementsOf('GET', path)).toBe(0);
  });

  test.each([1, 300])('of %d pages at once is one, too', async (count) => {
    const { urls } = await storedPages(count);
    expect(await statementsOf('POST', '/v1/previews', { urls })).toBe(1);
    expect(await statementsOf('POST', '/v1/previews', { urls })).toBe(0);
  });
});

describe('no route asks more often of what is more', () => {
  /** What each route that can name more than one page, or shows more than one, costs where there are so many. */
  const COSTS: Readonly<
    Record<string, (pages: { urls: readonly string[]; host: string }) => Promise<number>>
  > = {
    'ordering warms': ({ urls }) => statementsOf('POST', '/v1/warm', { urls, tags: ['a'] }),
    'refreshing a list': ({ urls }) => statementsOf('POST', '/v1/refresh', { urls }),
    'refreshing a host': ({ host }) => statementsOf('POST', '/v1/refresh', { host }),
    'refreshing a tag': () => statementsOf('POST', '/v1/refresh', { tag: 'counted' }),
    'purging a host': ({ host }) => statementsOf('DELETE', `/v1/previews?host=${host}`),
    'purging a tag': () => statementsOf('DELETE', '/v1/previews?tag=counted'),
    'following a batch': async ({ urls }) => {
      const ordered = JSON.parse(await ask('POST', '/v1/warm', { urls }));
      const { data } = ordered as { readonly data: { readonly href: string } };
      return statementsOf('GET', data.href);
    },
    'hot keys': () => statementsOf('GET', '/v1/hot-keys?limit=1000'),
    statistics: () => statementsOf('GET', '/v1/statistics'),
    'listing keys': () => statementsOf('GET', '/v1/keys'),
  };

  test.each(Object.keys(COSTS))('%s', async (name) => {
    const ofOne = await COSTS[name]!(await storedPages(1));
    await dataSource.query('TRUNCATE preview, warm_batch CASCADE');
    const ofMany = await COSTS[name]!(await storedPages(100));
    expect(ofOne).toBeGreaterThan(0);
    expect(ofMany).toBe(ofOne);
    expect(ofOne).toBeLessThanOrEqual(8);
  });
});

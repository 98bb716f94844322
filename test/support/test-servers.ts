import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import { PrivateRedis, type RedisTemper } from '../../apps/local/src/private-redis.js';

/** What the lane's set-up started. */
export const lane = {
  folder: fromLane('TEST_FOLDER'),
  databaseUrl: fromLane('TEST_DATABASE_URL'),
  redisCacheUrl: fromLane('TEST_REDIS_CACHE_URL'),
  redisQueueUrl: fromLane('TEST_REDIS_QUEUE_URL'),
  redisProgram: fromLane('TEST_REDIS_PROGRAM'),
};

/** An empty database of one spec's own on the lane's Postgres. */
export async function freshDatabase(): Promise<string> {
  const name = `spec_${randomBytes(6).toString('hex')}`;
  const client = new Client(lane.databaseUrl);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(lane.databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** A Postgres of one spec's own, to be frozen or killed. With a folder and a port it takes up where another left off. */
export function freshPostgres(
  folder = join(lane.folder, uniqueName('postgres')),
  port?: number,
): Promise<PrivatePostgres> {
  return PrivatePostgres.start({
    folder,
    password: 'a-test-password',
    settings: ['fsync=off'],
    onLine: () => undefined,
    ...(port !== undefined && { port }),
  });
}

/** A Redis of one spec's own, for what can't be shared: keys of fixed names, or a server that gets killed. */
export function freshRedis(
  temper: RedisTemper,
  folder = join(lane.folder, uniqueName(`redis-${temper}`)),
  port?: number,
): Promise<PrivateRedis> {
  return PrivateRedis.start({
    temper,
    program: lane.redisProgram,
    folder,
    ...(port !== undefined && { port }),
    password: 'a-test-password',
    onLine: () => undefined,
  });
}

/** Has all stored previews run out of their lifetime a minute ago, and leaves them so much grace. */
export async function ageStoredPreviews(databaseUrl: string, graceMs: number): Promise<void> {
  const client = new Client(databaseUrl);
  await client.connect();
  await client.query(
    `UPDATE preview SET fetched_at = now() - interval '2 minutes', fresh_until = now() - interval '1 minute',
       stale_until = now() + $1 * interval '1 millisecond'`,
    [graceMs],
  );
  await client.end();
}

/** A unique prefix keeps specs apart on a shared server. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

function fromLane(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run this through its lane (npm run test:int, test:e2e)`);
  return value;
}

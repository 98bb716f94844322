import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
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

/** A Redis of one spec's own, for what can't be shared: keys of fixed names, or a server that gets killed. */
export function freshRedis(temper: RedisTemper): Promise<PrivateRedis> {
  return PrivateRedis.start({
    temper,
    program: lane.redisProgram,
    folder: join(lane.folder, `redis-${temper}-${randomBytes(6).toString('hex')}`),
    password: 'a-test-password',
    onLine: () => undefined,
  });
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

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import { get, Stack } from '../support/stack.js';
import { freshPostgres } from '../support/test-servers.js';

let postgres: PrivatePostgres;
let stack: Stack;

beforeEach(async () => {
  postgres = await freshPostgres();
  stack = await Stack.start({ databaseUrl: postgres.url });
});

afterEach(async () => {
  await stack.stop();
  await postgres.stop();
});

/** What a balancer hears from gateway and worker. */
async function readiness() {
  const [gateway, worker] = await Promise.all([
    get(stack.gateway, '/health/ready'),
    get(stack.workers[0]!, '/health/ready'),
  ]);
  return {
    gateway: [gateway.status, gateway.body.status, gateway.body.parts],
    worker: [worker.status, worker.body.status, worker.body.parts],
  };
}

describe('readiness', () => {
  test('is that of all parts; without the cache a process is degraded, and not dead', async () => {
    const parts = { postgres: 'up', cache: 'up', queue: 'up' };
    expect(await readiness()).toEqual({ gateway: [200, 'ready', parts], worker: [200, 'ready', parts] });
    await stack.cache.stop();
    const left = { ...parts, cache: 'down' };
    expect(await readiness()).toEqual({ gateway: [200, 'degraded', left], worker: [200, 'degraded', left] });
  });

  test('without Postgres a gateway answers out of its caches; a worker has nothing to do', async () => {
    await postgres.stop();
    const left = { postgres: 'down', cache: 'up', queue: 'up' };
    expect(await readiness()).toEqual({ gateway: [200, 'degraded', left], worker: [503, 'unready', left] });
    await stack.cache.stop();
    const { gateway } = await readiness();
    expect(gateway.slice(0, 2)).toEqual([503, 'unready']);
  });

  test('nobody is ready while the queue may throw jobs away', async () => {
    const queue = new Redis(stack.queue.url);
    await queue.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const parts = { postgres: 'up', cache: 'up', queue: 'may evict (allkeys-lru)' };
    expect(await readiness()).toEqual({ gateway: [503, 'unready', parts], worker: [503, 'unready', parts] });
    await queue.config('SET', 'maxmemory-policy', 'noeviction');
    const { gateway, worker } = await readiness();
    expect([gateway[0], worker[0]]).toEqual([200, 200]);
    queue.disconnect();
  });
});

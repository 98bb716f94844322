import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../../../local/src/private-redis.js';
import { eventually } from '../../../../test/support/eventually.js';
import { freshRedis, uniqueName } from '../../../../test/support/test-servers.js';
import { LeasedLimit } from './leased-limit.js';
import { TokenBank } from './token-bank.js';

const LIMIT = 1_000;

/** Longest wait for Redis, in ms: more than a busy machine takes. */
const DEADLINE_MS = 1_000;

const START = 1_800_000_000_000;

let redis: PrivateRedis;
let client: Redis;
const banks: TokenBank[] = [];

beforeAll(async () => {
  redis = await freshRedis('queue');
  client = new Redis(redis.url);
});

afterEach(async () => {
  await Promise.all(banks.splice(0).map((bank) => bank.onApplicationShutdown()));
  await client.flushall();
});

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

/** The bank as one gateway of the fleet sees it. */
function aBank(): TokenBank {
  const bank = new TokenBank({
    redisUrl: redis.url,
    deadlineMs: DEADLINE_MS,
    onAway: () => undefined,
    onBack: () => undefined,
    onError: () => undefined,
  });
  banks.push(bank);
  bank.onApplicationBootstrap();
  return bank;
}

/** Two gateways that know of each other. */
async function twoGateways(): Promise<readonly [LeasedLimit, LeasedLimit]> {
  const pair = [aBank(), aBank()] as const;
  await eventually(
    async () => client.zcard('warmlink:gateways'),
    (count) => count === 2,
  );
  return [new LeasedLimit(LIMIT, 'key', pair[0]), new LeasedLimit(LIMIT, 'key', pair[1])];
}

test('gateways count each other', async () => {
  const first = aBank();
  await eventually(
    async () => client.zcard('warmlink:gateways'),
    (count) => count === 1,
  );
  const second = aBank();
  await eventually(
    async () => second.gateways,
    (count) => count === 2,
  );
  expect(first.gateways).toBe(1); // till its next pulse
});

test('tokens are granted as long as there are any, and those that were spent count in any case', async () => {
  const bank = aBank();
  const caller = uniqueName('caller');
  const lease = (spent: number, wanted: number) =>
    eventually(
      () => bank.lease({ caller, minute: 7, limit: 100, spent, wanted }, () => undefined),
      (given) => given !== undefined,
    );
  expect(await lease(5, 60)).toEqual({ granted: 60, taken: 65 });
  expect(await lease(0, 60)).toEqual({ granted: 35, taken: 100 });
  expect(await lease(9, 60)).toEqual({ granted: 0, taken: 109 });
  const [key] = await client.keys(`*${caller}*`);
  const ttl = await client.pttl(key!);
  expect([ttl > 60_000, ttl <= 90_000]).toEqual([true, true]);
});

test('an answer that came while the process was busy is in time', async () => {
  const bank = aBank();
  const request = { caller: uniqueName('caller'), minute: 7, limit: 100, spent: 0, wanted: 1 };
  const ask = () => bank.lease(request, () => undefined);
  await eventually(ask, (given) => given !== undefined);
  const asked = ask();
  await new Promise(setImmediate); // sent
  const until = performance.now() + 1.5 * DEADLINE_MS;
  while (performance.now() < until);
  expect(await asked).toMatchObject({ granted: 1 });
});

test('a lease that comes late is told of', async () => {
  const bank = aBank();
  const request = { caller: uniqueName('caller'), minute: 7, limit: 100, spent: 0, wanted: 1 };
  await eventually(
    () => bank.lease(request, () => undefined),
    (given) => given !== undefined,
  );
  redis.process.signal('SIGSTOP');
  const late = new Promise((resolve) => {
    void bank.lease(request, resolve).then((lease) => {
      expect(lease).toBeUndefined();
      redis.process.signal('SIGCONT');
    });
  });
  expect(await late).toMatchObject({ granted: 1 });
});

describe('two gateways with a limit of 1,000 a minute', () => {
  test.each([
    ['1 request at a time', 1],
    ['64 at a time', 64],
    ['all at once', 4_000],
  ])('let through 1,000, and at most a tenth more: %s', async (_how, concurrency) => {
    const gateways = await twoGateways();
    const caller = uniqueName('caller');
    let sent = 0;
    let within = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (sent < 4_000) {
          sent += 1;
          const { isWithin } = await gateways[(sent % 2) as 0 | 1].take(caller, START);
          within += Number(isWithin);
          await new Promise(setImmediate); // as requests do, and as Redis's answers need
        }
      }),
    );
    expect(within).toBeGreaterThanOrEqual(0.9 * LIMIT);
    expect(within).toBeLessThanOrEqual(1.1 * LIMIT);
  });

  test('keep to their shares while Redis is frozen, and wait for it once at the most', async () => {
    const gateways = await twoGateways();
    await eventually(
      async () => banks.map(({ gateways: seen }) => seen),
      (seen) => Math.max(...seen) === 2,
    );
    redis.process.signal('SIGSTOP');
    try {
      for (const [index, gateway] of gateways.entries()) {
        const share = Math.floor(LIMIT / banks[index]!.gateways);
        let [within, waits] = [0, 0];
        for (let count = 0; count < 2_000; count += 1) {
          const startedAt = performance.now();
          within += Number((await gateway.take('ada', START)).isWithin);
          if (performance.now() - startedAt > DEADLINE_MS / 2) waits += 1;
        }
        expect(within).toBe(share);
        expect(waits).toBeLessThanOrEqual(1);
      }
    } finally {
      redis.process.signal('SIGCONT');
    }
  });
});

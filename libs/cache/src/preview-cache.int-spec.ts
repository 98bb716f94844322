import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import type { PreviewEntry, PreviewKey } from '#libs/preview';
import { CacheRedis, type SingleCacheRedis } from '#libs/redis';
import { anEntry } from '../../../test/support/builders.js';
import { freshRedis, uniqueName } from '../../../test/support/test-servers.js';
import type { PrivateRedis } from '../../../apps/local/src/private-redis.js';
import { CacheModule, type CacheOptions } from './cache.module.js';
import { type Found, PreviewCache } from './preview-cache.js';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

let redis: PrivateRedis;
const modules: TestingModule[] = [];

beforeAll(async () => {
  redis = await freshRedis('cache');
});

afterAll(async () => {
  await Promise.all(modules.map((module) => module.close()));
  await redis.stop();
});

async function aProcess(
  given: Partial<CacheOptions> = {},
): Promise<{ cache: PreviewCache; client: SingleCacheRedis }> {
  const options: CacheOptions = {
    redisUrl: redis.url,
    writes: 'fill',
    deadlineMs: 10_000, // more than a busy machine takes
    onError: () => undefined,
    onDegraded: () => undefined,
    onRecovered: () => undefined,
    ...given,
  };
  const module = await Test.createTestingModule({ imports: [CacheModule.forRoot(options)] }).compile();
  modules.push(module.enableShutdownHooks());
  return { cache: module.get(PreviewCache), client: module.get<SingleCacheRedis>(CacheRedis) };
}

const memory = { maxBytes: 1024 * 1024, maxAgeMs: 30_000 };
const nothingStored = () => Promise.resolve(undefined);

/** All of what was found. */
const seen = (found: Found | undefined) => found && { entry: found.copy.whole(), tier: found.tier };

/** An entry of a page that no other test knows. */
function aNewEntry(given: Partial<PreviewEntry> = {}): PreviewEntry {
  return anEntry({
    at: `https://example.com/${uniqueName('page')}`,
    freshUntil: NOW + HOUR,
    staleUntil: NOW + HOUR,
    ...given,
  });
}

describe('finding a preview', () => {
  let gateway: PreviewCache;
  let worker: PreviewCache;

  beforeEach(async () => {
    gateway = (await aProcess({ memory })).cache;
    worker = (await aProcess({ writes: 'replace' })).cache;
  });

  test('what a worker put is in Redis, then in memory', async () => {
    const entry = aNewEntry();
    await worker.put(entry, NOW);
    expect(seen(await gateway.find(entry.key, NOW, nothingStored))).toEqual({ entry, tier: 'L2' });
    expect(seen(await gateway.find(entry.key, NOW, nothingStored))).toEqual({ entry, tier: 'L1' });
  });

  test('what only the store has fills both tiers above it', async () => {
    const entry = aNewEntry();
    const store = jest.fn((key: PreviewKey) => Promise.resolve(key === entry.key ? entry : undefined));
    expect(seen(await gateway.find(entry.key, NOW, store))).toEqual({ entry, tier: 'L3' });
    expect(seen(await gateway.find(entry.key, NOW, store))).toEqual({ entry, tier: 'L1' });
    const other = (await aProcess({ memory })).cache;
    expect(seen(await other.find(entry.key, NOW, store))).toEqual({ entry, tier: 'L2' });
    expect(store).toHaveBeenCalledTimes(1);
  });

  test('readers who come while a look is under way share it, and each has waited for the tier that it ends in', async () => {
    const entry = aNewEntry();
    const store = jest.fn(() => Promise.resolve(entry));
    const together = Array.from({ length: 50 }, () => gateway.find(entry.key, NOW, store));
    const tiers = (await Promise.all(together)).map((found) => found?.tier);
    expect(new Set(tiers)).toEqual(new Set(['L3']));
    expect(store).toHaveBeenCalledTimes(1);
    expect((await gateway.find(entry.key, NOW, store))?.tier).toBe('L1');
  });

  test('nothing anywhere is nothing, and what the store throws reaches the caller', async () => {
    const { key } = aNewEntry();
    expect(await gateway.find(key, NOW, nothingStored)).toBeUndefined();
    await expect(gateway.find(key, NOW, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });

  test('a tier is filled for what remains of a life, not for a whole one', async () => {
    const { cache, client } = await aProcess();
    const entry = aNewEntry();
    await cache.find(entry.key, NOW + HOUR - 5_000.5, () => Promise.resolve(entry));
    await cache.put(entry, NOW + HOUR - 5_000.5); // waits for the fill; itself it finds the place taken
    const remaining = await client.client.pTTL(`warmlink:preview:3:${entry.key}`);
    expect(remaining).toBeGreaterThan(4_000);
    expect(remaining).toBeLessThanOrEqual(5_001);
  });

  test('what has expired is not kept above the store', async () => {
    const entry = aNewEntry();
    const store = jest.fn(() => Promise.resolve(entry));
    await gateway.find(entry.key, NOW + HOUR, store);
    await gateway.find(entry.key, NOW + HOUR, store);
    expect(store).toHaveBeenCalledTimes(2);
  });
});

describe('what stands in the place of a preview', () => {
  test.each(['{"version":1,"key":"of an older shape"}', '{"version":', 'nonsense\n', ''])(
    '%j is nothing',
    async (text) => {
      const { cache, client } = await aProcess({ memory });
      const { key } = aNewEntry();
      await client.client.set(`warmlink:preview:3:${key}`, text);
      expect(await cache.find(key, NOW, nothingStored)).toBeUndefined();
    },
  );

  test('what many ask for at once is found for each, and what is not there for none', async () => {
    const [{ cache: gateway }, { cache: worker }] = [
      await aProcess({ memory }),
      await aProcess({ writes: 'replace' }),
    ];
    const entries = Array.from({ length: 200 }, () => aNewEntry());
    await Promise.all(entries.filter((_, place) => place % 2 === 0).map((entry) => worker.put(entry, NOW)));
    const found = await Promise.all(entries.map(({ key }) => gateway.find(key, NOW, nothingStored)));
    expect(found.map(seen)).toEqual(
      entries.map((entry, place) => (place % 2 === 0 ? { entry, tier: 'L2' } : undefined)),
    );
  });
});

describe('writing into Redis', () => {
  test('a worker replaces older versions only', async () => {
    const { cache: worker } = await aProcess({ writes: 'replace' });
    const newer = aNewEntry({ version: 1_000 });
    const older = { ...newer, version: 999, fetchUrl: 'https://example.com/older' };
    await worker.put(newer, NOW);
    await worker.put(older, NOW);
    expect((await worker.find(newer.key, NOW, nothingStored))?.copy.whole()).toEqual(newer);
    const newest = { ...newer, version: 10_000 };
    await worker.put(newest, NOW);
    expect((await worker.find(newer.key, NOW, nothingStored))?.copy.whole()).toEqual(newest);
  });

  test('a gateway fills an empty place and replaces nothing, not even an older version', async () => {
    const { cache: gateway } = await aProcess();
    const entry = aNewEntry({ version: 5 });
    await gateway.put(entry, NOW);
    await gateway.put({ ...entry, version: 6 }, NOW);
    expect((await gateway.find(entry.key, NOW, nothingStored))?.copy.version).toBe(5);
  });

  test('a reader whose clock is fast deletes nothing', async () => {
    const { cache: worker } = await aProcess({ writes: 'replace' });
    const entry = aNewEntry();
    await worker.put(entry, NOW);
    await worker.find(entry.key, NOW + 2 * HOUR, nothingStored);
    expect((await worker.find(entry.key, NOW, nothingStored))?.tier).toBe('L2');
  });
});

describe('what gateways hear of each other', () => {
  const newer = (entry: PreviewEntry) => ({ ...entry, version: entry.version + 1 });

  /** Until a read comes from a tier: what it waits for happens on another connection. */
  async function untilFoundIn(tier: string, gateway: PreviewCache, key: PreviewKey): Promise<PreviewEntry> {
    for (;;) {
      const found = await gateway.find(key, NOW, nothingStored);
      if (found?.tier === tier) return found.copy.whole();
      await nextTurn(); // a hit in memory never leaves this turn of the event loop, and messages would not arrive
    }
  }

  test('a new version puts the old one out of their memory', async () => {
    const [{ cache: gateway }, { cache: worker }] = [
      await aProcess({ memory }),
      await aProcess({ writes: 'replace' }),
    ];
    const entry = aNewEntry();
    await worker.publish(entry, NOW);
    await untilFoundIn('L1', gateway, entry.key);
    await worker.publish(newer(entry), NOW);
    expect(await untilFoundIn('L2', gateway, entry.key)).toEqual(newer(entry));
  });

  test('a new version that was never told of is seen when the old one has been in memory for its longest', async () => {
    const { cache: gateway } = await aProcess({ memory: { ...memory, maxAgeMs: 200 } });
    const { cache: worker } = await aProcess({ writes: 'replace' });
    const entry = aNewEntry();
    await worker.put(entry, NOW);
    await untilFoundIn('L1', gateway, entry.key);
    await worker.put(newer(entry), NOW); // stored and put, but not told
    expect(await untilFoundIn('L2', gateway, entry.key)).toEqual(newer(entry));
  });

  test('a connection that was lost and is back puts everything out of memory', async () => {
    const { cache: gateway, client } = await aProcess({ memory: { ...memory, maxAgeMs: 3_600_000 } });
    const { cache: worker } = await aProcess({ writes: 'replace' });
    const entry = aNewEntry();
    await worker.put(entry, NOW);
    await untilFoundIn('L1', gateway, entry.key);
    await worker.put(newer(entry), NOW);
    await client.client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    expect(await untilFoundIn('L2', gateway, entry.key)).toEqual(newer(entry));
  });

  test('what was purged is in no tier when the purge returns, and no late fill brings it back', async () => {
    const gateways = [(await aProcess({ memory })).cache, (await aProcess({ memory })).cache];
    const entry = aNewEntry({ version: 10 });
    const stored = () => Promise.resolve(entry);
    for (const gateway of gateways) await gateway.find(entry.key, NOW, stored);
    await gateways[0]!.bury({ keys: [entry.key], version: 11 });
    for (const gateway of gateways) {
      expect(await gateway.find(entry.key, NOW, nothingStored)).toBeUndefined();
      expect(await gateway.find(entry.key, NOW, stored)).toBeUndefined(); // a look at the store that was slow
      await gateway.put(entry, NOW);
      expect(await gateway.find(entry.key, NOW, nothingStored)).toBeUndefined();
    }
  });
});

describe('a Redis that is away', () => {
  test('frozen: a read goes on to the store at the deadline, and the process is told', async () => {
    const frozen = await freshRedis('cache');
    const onError = jest.fn();
    const { cache } = await aProcess({ redisUrl: frozen.url, deadlineMs: 100, onError });
    const entry = aNewEntry();
    frozen.process.signal('SIGSTOP');
    try {
      expect(seen(await cache.find(entry.key, NOW, () => Promise.resolve(entry)))).toEqual({
        entry,
        tier: 'L3',
      });
      expect(onError).toHaveBeenCalledWith(
        expect.objectContaining({ message: 'Redis MGET took longer than 100 ms' }),
      );
    } finally {
      frozen.process.signal('SIGCONT');
      await frozen.stop();
    }
  });

  test('down from the start: the process comes up and reads from the store', async () => {
    const gone = await freshRedis('cache');
    await gone.stop();
    const { cache } = await aProcess({ redisUrl: gone.url });
    const entry = aNewEntry();
    expect(seen(await cache.find(entry.key, NOW, () => Promise.resolve(entry)))).toEqual({
      entry,
      tier: 'L3',
    });
  });
});

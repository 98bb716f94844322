import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack } from '../support/stack.js';

const PAGES = Array.from({ length: 12 }, (_, index) => `/${index}`);

let site: FakeSite;
let stack: Stack;
let redis: ReturnType<typeof createClient>;

beforeAll(async () => {
  [site, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    // Memory forgets at once, so that every read shows what Redis has.
    Stack.start({ environment: { L1_MAX_AGE: '1ms', DEMAND_WINDOW: '100ms', WARM_ROUND: '100ms' } }),
  ]);
  for (const path of PAGES) site.page(path, html(`Page ${path}`));
  redis = createClient({ url: stack.cache.url });
  await redis.connect();
});

afterAll(async () => {
  await redis.disconnect();
  await stack.stop();
  await site.stop();
});

const keptPages = async () => (await redis.keys('warmlink:preview:*')).length;

describe('a caching Redis that was flushed', () => {
  test('has every page again before anyone asks, and no origin hears of it', async () => {
    for (const path of PAGES) await read(stack.gateway, site.url(path));
    expect(await eventually(keptPages, (kept) => kept === PAGES.length)).toBe(PAGES.length);
    // The worker has seen a full one; what it finds from now on is a loss.
    await eventually(
      () => redis.exists('warmlink:filled'),
      (exists) => exists === 1,
    );

    await redis.sendCommand(['FLUSHALL']);
    expect(await eventually(keptPages, (kept) => kept === PAGES.length)).toBe(PAGES.length);
    for (const path of PAGES) {
      const { headers, body } = await read(stack.gateway, site.url(path));
      expect(headers.get('cache-status')).toMatch(/^warmlink; hit; .*detail=L2$/);
      expect(body.data.title).toBe(`Page ${path}`);
      expect(site.visitsTo(path)).toBe(1);
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack } from '../support/stack.js';

/** Everything as it is by default, but faster: lifetimes of two seconds, and counts handed over ten times in one. */
const FAST = {
  TTL_MIN: '2s',
  TTL_MAX: '2s',
  TTL_DEFAULT: '2s',
  STALE_WHILE_REVALIDATE: '1s',
  DEMAND_WINDOW: '100ms',
  WARM_ROUND: '100ms',
  WARM_LEAD: '400ms',
};

let site: FakeSite;
let stack: Stack;

beforeAll(async () => {
  [site, stack] = await Promise.all([FakeSite.start('127.0.0.2'), Stack.start({ environment: FAST })]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

describe('a page that is read all the time', () => {
  test('is renewed before it expires, and says so', async () => {
    site.page('/busy', html('Busy'));
    for (;;) {
      const { headers, body } = await read(stack.gateway, site.url('/busy'));
      expect(body.data.title).toBe('Busy');
      if (headers.get('cache-status')?.endsWith('detail=warmed') === true) break;
      await new Promise((next) => setTimeout(next, 20));
    }
  });
});

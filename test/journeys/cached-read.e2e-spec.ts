import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { type Answer, get, read, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

describe('a cached read', () => {
  test('comes from memory the second time, from Redis in another gateway, and costs the origin nothing', async () => {
    site.page('/warm', html('Warm'));
    const cold = await read(stack.gateway, site.url('/warm'));
    const warm = await read(stack.gateway, site.url('/warm'));
    const other = await read(await stack.addGateway(), site.url('/warm'));

    expect(cold.headers.get('x-cache-status')).toBe('MISS');
    expect(warm.headers.get('x-cache-status')).toBe('HIT');
    expect(warm.headers.get('cache-status')).toMatch(/^warmlink; hit; ttl=\d+; detail=L1$/);
    expect(other.headers.get('cache-status')).toMatch(/^warmlink; hit; ttl=\d+; detail=L2$/);
    expect(Number(other.headers.get('x-cache-ttl'))).toBeLessThanOrEqual(24 * 3_600_000);
    expect(warm.body).toEqual(cold.body);
    expect(other.body).toEqual(cold.body);
    expect(site.visitsTo('/warm')).toBe(1);
  });

  test('finds a page by any way to write its URL', async () => {
    site.page('/same', html('Same'));
    await read(stack.gateway, site.url('/same'));
    const again = await read(
      stack.gateway,
      `${site.url('/same').toUpperCase().replace('/SAME', '/same')}?utm_medium=mail#top`,
    );
    expect(again.headers.get('x-cache-status')).toBe('HIT');
    expect(site.visitsTo('/same')).toBe(1);
  });

  test('comes from Postgres when both caches are gone, and fills them again', async () => {
    site.page('/kept', html('Kept'));
    await read(stack.gateway, site.url('/kept'));
    const restarted = await Stack.start({ databaseUrl: stack.databaseUrl });
    try {
      const stored = await read(restarted.gateway, site.url('/kept'));
      const next = await read(await restarted.addGateway(), site.url('/kept'));
      expect(stored.headers.get('cache-status')).toMatch(/^warmlink; hit; ttl=\d+; detail=L3$/);
      expect(next.headers.get('cache-status')).toMatch(/detail=L2$/);
      expect(site.visitsTo('/kept')).toBe(1);
    } finally {
      await restarted.stop();
    }
  });

  test('past its lifetime is scraped again', async () => {
    const brief = await Stack.start({ environment: { TTL_DEFAULT: '1ms', TTL_MIN: '1ms' } });
    try {
      site.page('/brief', html('Brief'));
      for (const _time of ['first', 'second']) {
        const answer = await read(brief.gateway, site.url('/brief'));
        expect(answer.body).toMatchObject({ status: 'success', data: { title: 'Brief' } });
        expect(answer.headers.get('x-cache-status')).toBe('MISS');
      }
      expect(site.visitsTo('/brief')).toBe(2);
    } finally {
      await brief.stop();
    }
  });

  test('a gateway is ready when it serves', async () => {
    const { status, body } = await get(stack.gateway, '/health/ready');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ready', parts: { postgres: 'up', cache: 'up', queue: 'up' } });
  });
});

test.each(['/', '/v1/preview', '/v1/preview/'])(
  'an answer on %s says in its headers how it came about',
  async (path) => {
    const own = `/headers-of${path}`;
    site.page(own, html('Headers'));
    const ask = (options = '', key?: string): Promise<Answer> =>
      get(
        stack.gateway,
        `${path}?url=${encodeURIComponent(site.url(own))}${options}`,
        key === undefined ? {} : { 'x-api-key': key },
      );
    const answers = [await ask(), await ask(), await ask('&force=true', TOKENS.writer)];
    expect(answers.map(({ headers }) => headers.get('x-cache-status'))).toEqual(['MISS', 'HIT', 'BYPASS']);
    for (const { status, headers } of answers) {
      expect({ status, headers: Object.fromEntries(headers) }).toMatchObject({
        status: 200,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'x-cache-ttl': expect.stringMatching(/^[1-9]\d*$/),
          'x-fetch-mode': 'fetch',
          'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
          'x-response-time': expect.stringMatching(/^\d+\.\dms$/),
        },
      });
    }
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(3);
  },
);

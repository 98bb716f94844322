import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { knock, makeKey } from '../support/keys.js';
import { withinAMinute } from '../support/minutes.js';
import { type Answer, call, get, type Gateway, read, Stack, TOKENS } from '../support/stack.js';

const MINUTE = 60_000;

let site: FakeSite;

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
  site.page('/page', html('A page'));
});

afterAll(() => site.stop());

/** Gateways say every few seconds that they are there: until each has since the last of them came, one may think that it is alone. */
async function untilGatewaysKnowEachOther({ queue, gateways }: Stack): Promise<void> {
  const redis = new Redis(queue.url);
  const saidAt = async () => {
    const scored = await redis.zrange('warmlink:gateways', 0, -1, 'WITHSCORES');
    return scored.filter((_, place) => place % 2 === 1).map(Number);
  };
  try {
    const first = await eventually(saidAt, (times) => times.length === gateways.length);
    await eventually(saidAt, (times) => Math.min(...times) > Math.max(...first));
  } finally {
    redis.disconnect();
  }
}

/** The answers of each minute that they fell into, by when that ends. */
function byMinute(answers: readonly Answer[]): readonly (readonly Answer[])[] {
  const ends = answers.map(({ headers }) => headers.get('x-rate-limit-reset'));
  return [...new Set(ends)].map((end) => answers.filter((_, place) => ends[place] === end));
}

/** How many of the answers had a status. */
function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('a limit by key', () => {
  const LIMIT = 1_000;
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      gateways: 2,
      environment: { RATE_LIMIT_PER_KEY: String(LIMIT), ANONYMOUS_READ: 'false' },
    });
    await untilGatewaysKnowEachOther(stack);
  });

  afterAll(() => stack.stop());

  /** So many reads, 64 at a time, by turns over both gateways. */
  async function readOften(count: number, secret: string): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    let sent = 0;
    await Promise.all(
      Array.from({ length: 64 }, async () => {
        while (sent < count) {
          sent += 1;
          const gateway = stack.gateways[sent % 2]!;
          answers.push(await read(gateway, site.url('/page'), { 'x-api-key': secret }));
        }
      }),
    );
    return answers;
  }

  test('is kept by two gateways together, and tells how things stand', async () => {
    const { secret } = await makeKey(stack.gateway, 'reader');
    const [first] = await readOften(1, secret);
    const resetS = Number(first!.headers.get('x-rate-limit-reset'));
    expect(resetS * 1_000 - Date.now()).toBeGreaterThan(0);
    expect(resetS * 1_000 - Date.now()).toBeLessThanOrEqual(MINUTE);
    expect(first!.headers.get('x-rate-limit-limit')).toBe('1000');
    expect(Number(first!.headers.get('x-rate-limit-remaining'))).toBe(LIMIT - 1);

    const answers = await readOften(3 * LIMIT, secret);
    for (const answersOfOne of byMinute(answers)) {
      const { 200: within = 0, 429: beyond = 0, ...others } = tally(answersOfOne);
      expect(others).toEqual({});
      expect(within).toBeLessThanOrEqual(1.1 * LIMIT);
      expect(within).toBeGreaterThanOrEqual(beyond > 0 ? 0.9 * LIMIT : 0);
    }

    const refused = answers.findLast(({ status }) => status === 429)!;
    expect(refused).toMatchObject({
      status: 429,
      body: { status: 'fail', code: 'ERATE', message: expect.any(String), id: expect.any(String), data: {} },
    });
    expect(refused.headers.get('x-rate-limit-remaining')).toBe('0');
    const retryAfterS = Number(refused.headers.get('retry-after'));
    expect(retryAfterS).toBeGreaterThan(0);
    const answeredAtS = Date.parse(refused.headers.get('date')!) / 1_000;
    const endsAtS = Number(refused.headers.get('x-rate-limit-reset'));
    expect(Math.abs(answeredAtS + retryAfterS - endsAtS)).toBeLessThan(3);

    // Another key, and who looks after the process, have nothing to do with it.
    expect(await knock(stack.gateway, TOKENS.writer)).toBe(404);
    const health = await get(stack.gateway, '/health/live');
    expect([health.status, health.headers.get('x-rate-limit-limit')]).toEqual([200, null]);
  });

  test('never has a read from memory wait for Redis, and is shared out while that is frozen', async () => {
    const { secret } = await makeKey(stack.gateway, 'reader');
    await withinAMinute(40_000);
    await readOften(2, TOKENS.reader); // now it is in memory
    stack.queue.process.signal('SIGSTOP');
    try {
      const times: number[] = [];
      const statuses: number[] = [];
      for (let count = 0; count < 700; count += 1) {
        const startedAt = performance.now();
        const answer = await read(stack.gateway, site.url('/page'), { 'x-api-key': secret });
        times.push(performance.now() - startedAt);
        statuses.push(answer.status);
      }
      const within = statuses.filter((status) => status === 200).length;
      expect(within).toBe(LIMIT / 2);
      // A wait would take 100 ms. What a busy machine does to one of them says nothing.
      expect(times.filter((ms) => ms >= 100).length).toBeLessThan(70);
    } finally {
      stack.queue.process.signal('SIGCONT');
    }
  });
});

describe('a limit by address', () => {
  const LIMIT = 20;
  let stack: Stack;
  let direct: Gateway;
  let proxied: Gateway;

  beforeAll(async () => {
    stack = await Stack.start({
      gateways: 0,
      workers: 0,
      environment: { RATE_LIMIT_PER_ADDRESS: String(LIMIT), READ_WAIT: '10ms' },
    });
    direct = await stack.addGateway();
    proxied = await stack.addGateway({ TRUST_PROXY: '1' });
  });

  afterAll(() => stack.stop());

  /** What reads meet that come one after the other, each with headers of its own. */
  async function statuses(
    gateway: Gateway,
    count: number,
    headersOf: (index: number) => Record<string, string> = () => ({}),
  ): Promise<Record<number, number>> {
    const answers: Answer[] = [];
    for (let index = 0; index < count; index += 1)
      answers.push(await get(gateway, '/v1/jobs/x', headersOf(index)));
    return tally(answers);
  }

  test('counts strangers and who tries keys, and lets nobody choose his address', async () => {
    await withinAMinute(20_000);
    const claims = (index: number) => ({
      'x-api-key': `wrong-${index}`,
      'x-forwarded-for': `1.2.3.${index}`,
      forwarded: `for=1.2.3.${index}`,
      'x-real-ip': `1.2.3.${index}`,
      'x-client-ip': `1.2.3.${index}`,
    });
    const { 401: tried = 0, 429: refused = 0 } = await statuses(direct, 3 * LIMIT, claims);
    expect(tried + refused).toBe(3 * LIMIT);
    expect(tried).toBeLessThanOrEqual(LIMIT + 2);
    expect(tried).toBeGreaterThanOrEqual(LIMIT - 2);
    const login = await get(direct, '/queues', { authorization: `Basic ${btoa('operator:guess')}` });
    expect(login).toMatchObject({ status: 429, body: { code: 'ERATE' } });
    const large = await call(direct, 'POST', '/v1/warm', {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(large.status).toBe(429);
    // A key of his own has a limit of its own, or none.
    expect(await knock(direct, TOKENS.writer)).toBe(404);
  });

  test('tells callers behind a proxy apart by what that says, and not by what they say', async () => {
    await withinAMinute(20_000);
    const from = (address: string) => (index: number) => ({
      'x-forwarded-for': `9.9.9.${index}, ${address}`,
    });
    const ada = await statuses(proxied, 2 * LIMIT, from('203.0.113.1'));
    expect(ada[401]).toBeLessThanOrEqual(LIMIT + 2);
    expect((await statuses(proxied, 5, from('203.0.113.2')))[401]).toBe(5);
  });

  test('takes a network of IPv6 for one caller', async () => {
    await withinAMinute(20_000);
    const from = (index: number) => ({ 'x-forwarded-for': `2001:db8:1:2::${index.toString(16)}` });
    const counts = await statuses(proxied, 2 * LIMIT, from);
    expect(counts[401]).toBeLessThanOrEqual(LIMIT + 2);
    expect((await statuses(proxied, 5, () => ({ 'x-forwarded-for': '2001:db8:1:3::1' })))[401]).toBe(5);
  });
});

test('without limits no answer tells of any', async () => {
  const stack = await Stack.start({ workers: 0 });
  try {
    const { headers } = await get(stack.gateway, '/v1/jobs/x');
    expect([...headers.keys()].filter((name) => name.startsWith('x-rate-limit'))).toEqual([]);
  } finally {
    await stack.stop();
  }
});

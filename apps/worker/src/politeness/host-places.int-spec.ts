import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../../../local/src/private-redis.js';
import { eventually } from '../../../../test/support/eventually.js';
import { freshRedis, uniqueName } from '../../../../test/support/test-servers.js';
import { type HostAnswer, HostPlaces, type HostPlacesOptions, type Place } from './host-places.js';

let redis: PrivateRedis;
let client: Redis;
const workers: HostPlaces[] = [];

beforeAll(async () => {
  redis = await freshRedis('queue');
  client = new Redis(redis.url);
});

afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.onApplicationShutdown())));

afterAll(async () => {
  client.disconnect();
  await redis.stop();
});

/** The places as one worker of the fleet sees them; say only what matters. */
async function aWorker(given: Partial<HostPlacesOptions> = {}): Promise<HostPlaces> {
  const worker = new HostPlaces({
    redisUrl: redis.url,
    concurrency: 2,
    spacingMs: 0,
    leaseMs: 60_000,
    onAway: () => undefined,
    onBack: () => undefined,
    onError: () => undefined,
    ...given,
  });
  workers.push(worker);
  await worker.connected();
  return worker;
}

const READER = { isAwaited: true, spacingMs: 0 };
const NOBODY = { isAwaited: false, spacingMs: 0 };

function place(answer: HostAnswer): Place {
  if (answer.kind !== 'place') throw new Error(`no place, but ${answer.kind}`);
  return answer;
}

const isPlace = ({ kind }: HostAnswer) => kind === 'place';

/** Asks until there is a place. */
async function waitForPlace(worker: HostPlaces, host: string, request = READER): Promise<Place> {
  return place(await eventually(() => worker.ask(host, request), isPlace));
}

describe('visits of a host', () => {
  test('are never more at a time than it has places, whatever workers make them', async () => {
    const fleet = [await aWorker(), await aWorker()];
    const host = uniqueName('crowded');
    let now = 0;
    let most = 0;
    const visit = async (index: number) => {
      const { leave } = await waitForPlace(fleet[index % 2]!, host);
      now += 1;
      most = Math.max(most, now);
      await client.ping();
      now -= 1;
      await leave({ kind: 'well' });
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => visit(index)));
    expect(most).toBe(2);
  });

  test('of another host have places of their own', async () => {
    const worker = await aWorker({ concurrency: 1 });
    expect((await worker.ask(uniqueName('one'), READER)).kind).toBe('place');
    expect((await worker.ask(uniqueName('other'), READER)).kind).toBe('place');
  });

  test('start at their spacing, and at a longer one where the visitor says so', async () => {
    const worker = await aWorker({ spacingMs: 300, concurrency: 100 });
    const host = uniqueName('spaced');
    const start = async (spacingMs: number) => {
      await waitForPlace(worker, host, { isAwaited: true, spacingMs });
      const startedAt = Number(await client.hget(`warmlink:host:{${host}}`, 'startedAt'));
      const [seconds, micros] = await client.time();
      expect(Number(seconds) * 1_000 + Number(micros) / 1_000).toBeGreaterThanOrEqual(startedAt - 2); // it isn't given before: but for what timers are early
      return startedAt;
    };
    const [first, second, third] = [await start(0), await start(0), await start(500)];
    expect(second - first).toBeGreaterThanOrEqual(300);
    expect(third - second).toBeGreaterThanOrEqual(500);
    expect((await start(333.3)) - third).toBeGreaterThanOrEqual(333);
  });

  test.each([
    ['readers', READER],
    ['nobody', NOBODY],
  ])('for %s, who come back a little after their turn, leave no start unused', async (_whom, request) => {
    const [spacingMs, visits] = [200, 12];
    const worker = await aWorker({ spacingMs });
    const host = uniqueName('busy');
    const startedAt = async () => Number(await client.hget(`warmlink:host:{${host}}`, 'startedAt'));
    const starts: number[] = [];
    let turnsAway = 0;
    const visit = async (index: number) => {
      let answer = await worker.ask(host, request);
      while (answer.kind === 'later') {
        turnsAway += 1;
        await pause(answer.inMs + ((index * 37) % 100)); // as jobs do: the queue is late by up to a tenth of a second
        answer = await worker.ask(host, request);
      }
      starts.push(await startedAt());
      await place(answer).leave({ kind: 'well' });
    };
    await Promise.all(Array.from({ length: visits }, (_, index) => visit(index)));
    const gaps = starts.slice(1).map((at, index) => at - starts[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(spacingMs);
    expect(starts.at(-1)! - starts[0]!).toBeLessThan(2 * spacingMs * (visits - 1));
    expect(turnsAway).toBeLessThan(2 * visits);
  });

  test('that nobody waits for leave one place free', async () => {
    const worker = await aWorker();
    const host = uniqueName('shared');
    place(await worker.ask(host, NOBODY));
    expect((await worker.ask(host, NOBODY)).kind).toBe('later');
    expect((await worker.ask(host, READER)).kind).toBe('place');
  });

  test('that nobody waits for yield to a reader whose turn is to come', async () => {
    const worker = await aWorker({ concurrency: 1 });
    const host = uniqueName('yielding');
    const { leave } = place(await worker.ask(host, NOBODY));
    expect((await worker.ask(host, READER)).kind).toBe('later');
    await leave({ kind: 'well' });
    expect((await worker.ask(host, NOBODY)).kind).toBe('later');
    const reader = place(await worker.ask(host, READER));
    await reader.leave({ kind: 'well' });
    await waitForPlace(worker, host, NOBODY);
  });

  test('come back one after the other, and after a bounded time', async () => {
    const worker = await aWorker({ concurrency: 1, spacingMs: 250 });
    const host = uniqueName('queue');
    place(await worker.ask(host, READER));
    const waits: number[] = [];
    for (let asker = 0; asker < 40; asker += 1) {
      const answer = await worker.ask(host, READER);
      if (answer.kind === 'later') waits.push(answer.inMs);
    }
    expect(waits[0]).toBeLessThanOrEqual(250);
    expect(waits[4]! - waits[0]!).toBeGreaterThan(500);
    expect(waits.at(-1)).toBe(5_000);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(100);
  });

  test('whose worker died give their place back when the lease is over', async () => {
    const leaseMs = 60_000;
    const dead = await aWorker({ concurrency: 1, leaseMs });
    const other = await aWorker({ concurrency: 1 });
    const host = uniqueName('deserted');
    place(await dead.ask(host, READER));
    await dead.onApplicationShutdown();
    expect((await other.ask(host, READER)).kind).toBe('later');
    // As if so much time had passed.
    const places = `warmlink:host:{${host}}:places`;
    const [id] = await client.zrange(places, 0, 0);
    await client.zincrby(places, -leaseMs, id!);
    place(await other.ask(host, READER));
  });

  test('leave nothing behind for ever', async () => {
    const worker = await aWorker();
    const host = uniqueName('forgotten');
    const { leave } = place(await worker.ask(host, READER));
    await leave({ kind: 'overloaded', statusCode: 503, retryAfterMs: null });
    place(await worker.ask(uniqueName('other'), READER));
    const keys = await client.keys('warmlink:host:*');
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(lives.length).toBeGreaterThan(0);
    expect(lives.filter((ms) => ms <= 0)).toEqual([]);
  });
});

describe('a host that is overloaded', () => {
  const overloaded = (retryAfterMs: number | null, statusCode = 503) =>
    ({ kind: 'overloaded', statusCode, retryAfterMs }) as const;

  async function restAfter(worker: HostPlaces, host: string, retryAfterMs: number | null) {
    await place(await worker.ask(host, READER)).leave(overloaded(retryAfterMs));
    const answer = await worker.ask(host, READER);
    if (answer.kind !== 'resting') throw new Error(`not resting, but ${answer.kind}`);
    return answer;
  }

  /** As if so much of its rest had passed. */
  const skipRest = (host: string) => client.hset(`warmlink:host:{${host}}`, 'restUntil', 0);

  test('is left alone by all workers for as long as it asks, within bounds', async () => {
    const [worker, other] = [await aWorker(), await aWorker()];
    const [host, greedy, hasty] = [uniqueName('asked'), uniqueName('greedy'), uniqueName('hasty')];
    const { forMs, statusCode } = await restAfter(worker, host, 60_000);
    expect([forMs > 59_000 && forMs <= 60_000, statusCode]).toEqual([true, 503]);
    expect((await other.ask(host, NOBODY)).kind).toBe('resting');
    expect((await restAfter(worker, greedy, Number.POSITIVE_INFINITY)).forMs).toBeLessThanOrEqual(600_000);
    expect((await restAfter(worker, hasty, 0)).forMs).toBeGreaterThan(500);
  });

  test('and says nothing of a time rests longer and longer, until a visit goes well', async () => {
    const worker = await aWorker();
    const host = uniqueName('silent');
    const rests: number[] = [];
    for (let strike = 0; strike < 9; strike += 1) {
      const { forMs } = await restAfter(worker, host, null);
      rests.push(Math.ceil(forMs / 1_000));
      await skipRest(host);
    }
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    await place(await worker.ask(host, READER)).leave({ kind: 'well' });
    expect(Math.ceil((await restAfter(worker, host, null)).forMs / 1_000)).toBe(5);
  });

  test('is not asked more or less by the visits that were under way', async () => {
    const worker = await aWorker({ concurrency: 3 });
    const host = uniqueName('together');
    const visits = await Promise.all([1, 2, 3].map(async () => place(await worker.ask(host, READER))));
    await visits[0]!.leave(overloaded(null));
    await visits[1]!.leave(overloaded(null));
    await visits[2]!.leave({ kind: 'well' });
    const answer = await worker.ask(host, READER);
    expect(answer).toMatchObject({ kind: 'resting' });
    expect(answer.kind === 'resting' && answer.forMs).toBeLessThanOrEqual(5_000);
  });
});

describe('while Redis does not answer', () => {
  test('visits go on, so many at a time in each process, and that is said once', async () => {
    const frozen = await freshRedis('queue');
    const said: string[] = [];
    try {
      const worker = await aWorker({
        redisUrl: frozen.url,
        onAway: () => said.push('away'),
        onBack: () => said.push('back'),
      });
      const host = uniqueName('frozen');
      const before = place(await worker.ask(host, READER));
      frozen.process.signal('SIGSTOP');
      const during = place(await worker.ask(host, READER));
      expect(await worker.ask(host, READER)).toEqual({ kind: 'later', inMs: 5_000, isOwnTurn: false });
      for (let host = 0; host < 5; host += 1) place(await worker.ask(`host-${host}`, READER));
      await Promise.all([before.leave({ kind: 'well' }), during.leave({ kind: 'well' })]);
      expect(said).toEqual(['away']);

      frozen.process.signal('SIGCONT');
      await eventually(
        () => worker.ask(uniqueName('again'), READER),
        () => said.includes('back'),
      );
      expect(said).toEqual(['away', 'back']);
    } finally {
      frozen.process.signal('SIGCONT');
      await frozen.stop();
    }
  });
});

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Job, Queue } from 'bullmq';
import { DeadlineExceeded } from '#libs/preview';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import type { PrivateRedis } from '../../../apps/local/src/private-redis.js';
import { aKey } from '../../../test/support/builders.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { freshRedis } from '../../../test/support/test-servers.js';
import { DEMAND_QUEUE, type DemandChunk, decodeChunk } from './demand-chunk.js';
import { DemandHandover, type DemandHandoverOptions, MOST_WAITING } from './demand-handover.js';
import { DemandRecorder } from './demand-recorder.js';

let redis: PrivateRedis;
let clock: ManualClock;
let recorder: DemandRecorder;
let handover: DemandHandover;
let errors: unknown[];
let losses: number[];

beforeEach(async () => {
  redis = await freshRedis('queue');
  clock = new ManualClock();
  recorder = new DemandRecorder({ maxKeys: 10_000, callerCap: 1e9, hostCap: 1e9 }, clock.now());
  [errors, losses] = [[], []];
  handover = aHandover();
});

afterEach(async () => {
  await handover.onApplicationShutdown();
  await redis.stop();
});

function aHandover(given: Partial<DemandHandoverOptions> = {}): DemandHandover {
  return new DemandHandover(recorder, clock, {
    redisUrl: redis.url,
    windowMs: 3_600_000,
    backlogBytes: 1024 * 1024,
    onError: (error) => errors.push(error),
    onDropped: (reads) => losses.push(reads),
    ...given,
  });
}

/** Reads of a page a millisecond apart. */
function readPage(number: number, reads = 1): void {
  for (let count = 0; count < reads; count += 1) {
    clock.advance(1);
    recorder.record({ key: aKey(number), host: 'example.com', caller: '192.0.2.1' }, clock.now());
  }
}

/** A window with reads of one page, and its end. */
function readWindow(number: number, reads = 1): Promise<void> {
  readPage(number, reads);
  return handover.handOver();
}

/** What has arrived, in the order in which a worker would take it. */
async function arrived(): Promise<readonly Job[]> {
  const queue = new Queue(DEMAND_QUEUE, {
    prefix: QUEUE_PREFIX,
    connection: consumerConnection(redis.url, new AbortController().signal),
  });
  try {
    return await queue.getJobs(['waiting'], 0, -1, true);
  } finally {
    await queue.close();
  }
}

async function arrivedChunks(): Promise<readonly DemandChunk[]> {
  return (await arrived()).map(({ data }) => decodeChunk(data));
}

/** The page of each chunk that has one. */
function pages(chunks: readonly DemandChunk[]): readonly string[] {
  return chunks.flatMap(({ keys }) => keys.map(({ key }) => key));
}

/** Windows without reads, until no chunk waits any more: the connection comes back in its own time. */
async function handOverAll(): Promise<void> {
  for (;;) {
    const before = errors.length;
    await handover.handOver();
    if (errors.length === before) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** As many jobs that wait, or wait for longer, as others have left in the queue. */
async function fillQueue(waiting: number, delayed = 0): Promise<void> {
  const jobs = (count: number, opts: object) =>
    Array.from({ length: count }, () => ({ name: 'other', data: {} as never, opts }));
  await handover.queue.addBulk([...jobs(waiting, {}), ...jobs(delayed, { delay: 3_600_000 })]);
}

/** A worker has taken so many of them. */
async function takeFromQueue(count: number): Promise<void> {
  const jobs = await handover.queue.getJobs(['waiting'], 0, count - 1, true);
  await Promise.all(jobs.map((job) => job.remove()));
}

/** Has the server freeze when it is about to be given a chunk. */
function freezeBeforeChunk(): void {
  const count = handover.queue.getJobCountByTypes.bind(handover.queue);
  jest.spyOn(handover.queue, 'getJobCountByTypes').mockImplementationOnce(async (...types) => {
    const waiting = await count(...types);
    redis.process.signal('SIGSTOP');
    return waiting;
  });
}

/** The same server again, with what it had written down. */
async function restartRedis(): Promise<void> {
  redis = await freshRedis('queue', redis.folder, redis.port);
}

async function connected(): Promise<void> {
  await readWindow(0);
  await handOverAll();
}

describe('handing over', () => {
  test('brings each window to the queue, as jobs that nobody need clear away', async () => {
    await connected();
    recorder.answered('fresh.L1');
    await readWindow(1, 5);
    await handover.handOver(); // an empty one
    const [, job, ...more] = await arrived();
    expect(more).toEqual([]);
    expect(job?.opts).toMatchObject({ attempts: 1_000_000, removeOnComplete: true, jobId: job?.id });
    expect(decodeChunk(job?.data)).toEqual({
      id: job?.id,
      from: clock.now() - 5,
      until: clock.now(),
      keys: [{ key: aKey(1), reads: 5, error: 0, firstAt: clock.now() - 4, lastAt: clock.now() }],
      totals: { 'fresh.L1': 1 },
    });
  });

  test('brings a window of many keys in several chunks', async () => {
    await connected();
    for (let number = 1; number <= 5_000; number += 1) readPage(number);
    await handover.handOver();
    const [, ...chunks] = await arrivedChunks();
    expect(chunks.length).toBeGreaterThan(3);
    expect(pages(chunks)).toEqual(Array.from({ length: 5_000 }, (_, index) => aKey(index + 1)));
  });

  test('happens by itself, once each window', async () => {
    await handover.onApplicationShutdown();
    handover = aHandover({ windowMs: 50 });
    handover.onApplicationBootstrap();
    for (const number of [1, 2, 3]) {
      readPage(number);
      while (!pages(await arrivedChunks()).includes(aKey(number)));
    }
    expect(pages(await arrivedChunks())).toEqual([1, 2, 3].map(aKey));
  });

  test('brings the last window when the process ends', async () => {
    await connected();
    readPage(7);
    await handover.onApplicationShutdown();
    expect(pages(await arrivedChunks())).toEqual([0, 7].map(aKey));
    expect(losses).toEqual([]);
  });
});

describe('while the queue is away', () => {
  test('chunks wait, and arrive in order, each once', async () => {
    await connected();
    await redis.stop();
    for (let number = 1; number <= 20; number += 1) await readWindow(number);
    await restartRedis();
    await handOverAll();
    const chunks = await arrivedChunks();
    expect(pages(chunks)).toEqual(Array.from({ length: 21 }, (_, number) => aKey(number)));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(21);
    expect(losses).toEqual([]);
  });

  test('it may never have been there', async () => {
    await redis.stop();
    await handover.onApplicationShutdown();
    handover = aHandover();
    await readWindow(1);
    await readWindow(2);
    await restartRedis();
    await handOverAll();
    expect(pages(await arrivedChunks())).toEqual([1, 2].map(aKey));
  });

  test('what waits is bounded: the oldest are lost, are counted, and are told of once', async () => {
    await handover.onApplicationShutdown();
    handover = aHandover({ backlogBytes: 1_000 });
    await connected();
    await redis.stop();
    for (let number = 1; number <= 50; number += 1) await readWindow(number, 2);
    expect(losses).toEqual([2]);
    await restartRedis();
    await handOverAll();
    await handover.handOver(); // what was lost last is told by the next window
    const [, ...chunks] = await arrivedChunks();
    const counted = chunks.flatMap(({ keys }) => keys).reduce((sum, { reads }) => sum + reads, 0);
    const dropped = chunks.reduce((sum, { totals }) => sum + (totals.dropped ?? 0), 0);
    expect(chunks.length).toBeLessThan(10);
    expect(pages(chunks).at(-1)).toBe(aKey(50));
    expect(counted + dropped).toBe(100);
    expect(counted).toBeGreaterThan(0);

    await redis.stop(); // another outage is told of again
    for (let number = 1; number <= 20; number += 1) await readWindow(number);
    expect(losses.length).toBe(2);
    await restartRedis();
  });

  test('the process ends all the same, and tells what is lost', async () => {
    await connected();
    await redis.stop();
    readPage(1, 3);
    const start = performance.now();
    await handover.onApplicationShutdown();
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(losses).toEqual([3]);
  });
});

describe('while no worker takes chunks', () => {
  const chunksOf = (jobs: readonly Job[]) =>
    jobs.filter(({ name }) => name === 'chunk').map(({ data }) => decodeChunk(data));

  test('no more wait in the queue than it has room for; the others wait here, in order', async () => {
    await connected();
    await fillQueue(MOST_WAITING - 11, 10);
    for (const number of [1, 2, 3, 4]) await readWindow(number);
    expect(pages(chunksOf(await arrived()))).toEqual([aKey(0)]);
    await takeFromQueue(3); // the first of them is a chunk, too
    await handover.handOver();
    expect(pages(chunksOf(await arrived()))).toEqual([1, 2, 3].map(aKey));
    await handover.handOver();
    expect(pages(chunksOf(await arrived()))).toEqual([1, 2, 3].map(aKey));
    await takeFromQueue(10);
    await handover.handOver();
    expect(pages(chunksOf(await arrived()))).toEqual([1, 2, 3, 4].map(aKey));
    expect(losses).toEqual([]);
  });

  test('what waits here is bounded all the same, and what is lost is counted', async () => {
    await handover.onApplicationShutdown();
    handover = aHandover({ backlogBytes: 1_000 });
    await connected();
    await fillQueue(MOST_WAITING);
    for (let number = 1; number <= 50; number += 1) await readWindow(number, 2);
    expect(losses).toEqual([2]);
    await takeFromQueue(100);
    await handover.handOver();
    await handover.handOver(); // what was lost last is told by the next window
    const chunks = chunksOf(await arrived());
    const counted = chunks.flatMap(({ keys }) => keys).reduce((sum, { reads }) => sum + reads, 0);
    const dropped = chunks.reduce((sum, { totals }) => sum + (totals.dropped ?? 0), 0);
    expect(pages(chunks).at(-1)).toBe(aKey(50));
    expect(counted + dropped).toBe(100);
  });
});

describe('while the queue is frozen', () => {
  test('a chunk that was under way is handed over again, and is there once', async () => {
    await connected();
    freezeBeforeChunk();
    await readWindow(1); // its deadline passes
    await readWindow(2);
    await readWindow(3);
    // Only the first: a frozen server isn't sent one copy after the other.
    expect(errors.filter((error) => error instanceof DeadlineExceeded).length).toBe(1);
    redis.process.signal('SIGCONT');
    await handOverAll();
    const chunks = await arrivedChunks();
    expect(pages(chunks)).toEqual([0, 1, 2, 3].map(aKey));
    expect(losses).toEqual([]);
  });

  test('and killed in the end, its chunk arrives where it is started again', async () => {
    await connected();
    freezeBeforeChunk();
    await readWindow(1);
    redis.process.signal('SIGKILL');
    await redis.process.ended;
    await readWindow(2);
    await restartRedis();
    await handOverAll();
    expect(pages(await arrivedChunks())).toEqual([0, 1, 2].map(aKey));
  });

  test('windows go on ending, and the process ends', async () => {
    await connected();
    redis.process.signal('SIGSTOP');
    const start = performance.now();
    await Promise.all([1, 2, 3].map((number) => readWindow(number)));
    readPage(4);
    await handover.onApplicationShutdown();
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(losses).toEqual([4]);
    redis.process.signal('SIGCONT');
  });
});

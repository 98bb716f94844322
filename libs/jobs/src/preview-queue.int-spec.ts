import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DelayedError, type Job, Worker } from 'bullmq';
import { canonicalUrl, previewKey } from '#libs/preview';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import type { PrivateRedis } from '../../../apps/local/src/private-redis.js';
import { eventually } from '../../../test/support/eventually.js';
import { freshRedis, uniqueName } from '../../../test/support/test-servers.js';
import { jobOptions, PREVIEW_QUEUE, type PreviewJobData, retryPauseMs } from './preview-job.js';
import { PreviewQueue } from './preview-queue.js';
import { slotsName } from './slots-name.js';

let redis: PrivateRedis;
let queue: PreviewQueue;

beforeAll(async () => {
  redis = await freshRedis('queue');
  queue = await aProducer(redis.url);
});

afterAll(async () => {
  await queue.onApplicationShutdown();
  await redis.stop();
});

async function aProducer(redisUrl: string): Promise<PreviewQueue> {
  const producer = new PreviewQueue({ redisUrl, maxWaiting: 1_000, onError: () => undefined });
  await producer.connected();
  return producer;
}

function aJob(seenVersion: number | null = null): PreviewJobData {
  const url = canonicalUrl(`https://example.com/${uniqueName('job')}`);
  return { key: previewKey(url), url, seenVersion, insist: false };
}

const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await queue.queue.drain(true); // with those in their pause
});

function startWorker(
  handle: (job: Job<PreviewJobData>, token?: string) => Promise<unknown>,
  retryPauseMs = 1,
): void {
  const worker = new Worker(PREVIEW_QUEUE, handle, {
    prefix: QUEUE_PREFIX,
    connection: consumerConnection(redis.url, new AbortController().signal),
    settings: { backoffStrategy: () => retryPauseMs },
  });
  workers.push(worker);
}

test('what all workers take at a time is the sum of what each says of itself', async () => {
  expect(await queue.slots()).toBe(0);
  for (const slots of [4, 16])
    workers.push(
      new Worker(PREVIEW_QUEUE, async () => undefined, {
        prefix: QUEUE_PREFIX,
        connection: consumerConnection(redis.url, new AbortController().signal),
        concurrency: slots,
        name: slotsName(slots),
      }),
    );
  await eventually(
    () => queue.slots(),
    (slots) => slots === 20,
  );
});

describe('asking for a scrape', () => {
  test('joins the one that waits for the same key', async () => {
    const data = aJob();
    const jobs = await Promise.all(Array.from({ length: 20 }, () => queue.add('scrape', data)));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect((await queue.add('scrape', aJob())).id).not.toBe(jobs[0]?.id);
  });

  test('those who wait hear of the end, and so does one who comes after it', async () => {
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    startWorker(() => gate);
    const job = await queue.add('scrape', aJob());
    const waiting = [queue.waitForEnd(job, 10_000), queue.waitForEnd(job, 10_000)];
    finish();
    await Promise.all(waiting);
    await queue.waitForEnd(job, 10_000);
    expect(await job.getState()).toBe('completed');
  });

  test('waiting ends at its deadline', async () => {
    const job = await queue.add('scrape', aJob());
    await queue.waitForEnd(job, 10);
    expect(await job.getState()).toBe('prioritized');
  });

  test('a fault of our own is tried again', async () => {
    const handle = jest
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new Error('Postgres is away'))
      .mockResolvedValue();
    startWorker(handle);
    const job = await queue.add('scrape', aJob());
    await queue.waitForEnd(job, 10_000);
    expect(handle).toHaveBeenCalledTimes(2);
  });

  test('that meets a refresh in its pause after a failure frees it', async () => {
    const handle = jest
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue();
    startWorker(handle, 3_600_000);
    const data = aJob();
    const refresh = await queue.add('refresh', data);
    while (!(await refresh.isDelayed())) await refresh.getState();
    const urgent = await queue.add('scrape', data);
    expect(urgent.id).toBe(refresh.id);
    await queue.waitForEnd(urgent, 10_000);
    expect(handle).toHaveBeenCalledTimes(2);
  });

  test("that meets a refresh whose host has no room gives it a turn and a reader's priority, and costs no attempt", async () => {
    const seen: { priority: number; attemptsMade: number; id: string | undefined }[] = [];
    const hasRoom = () => seen.length === 3;
    startWorker(async (job, token) => {
      seen.push({ priority: job.priority, attemptsMade: job.attemptsMade, id: job.id });
      if (hasRoom()) return;
      await job.moveToDelayed(Date.now() + 3_600_000, token);
      throw new DelayedError();
    });
    const data = aJob();
    const refresh = await queue.add('refresh', data);
    while (!(await refresh.isDelayed())) await refresh.getState();
    expect((await queue.add('refresh', data)).id).toBe(refresh.id); // joined, and left where it is
    expect(await refresh.isDelayed()).toBe(true);
    await queue.add('scrape', data);
    while (seen.length < 2 || !(await refresh.isDelayed())) await refresh.getState();
    await queue.waitForEnd(await queue.add('scrape', data), 10_000);
    expect(seen).toEqual([5, 1, 1].map((priority) => ({ priority, attemptsMade: 0, id: refresh.id })));
    expect((await queue.add('scrape', data)).id).not.toBe(refresh.id);
  });

  test('that meets a refresh which waits hurries it, and a refresh hurries nothing', async () => {
    const data = aJob();
    const refresh = await queue.add('refresh', data);
    expect((await queue.queue.getJob(refresh.id!))?.priority).toBe(5);
    await queue.add('scrape', data);
    expect((await queue.queue.getJob(refresh.id!))?.priority).toBe(1);
    await queue.add('refresh', data);
    expect((await queue.queue.getJob(refresh.id!))?.priority).toBe(1);
  });

  test('a warm waits behind all others, and a refresh that meets it hurries it', async () => {
    const data = aJob();
    const warm = await queue.add('warm', data);
    expect((await queue.queue.getJob(warm.id!))?.priority).toBe(10);
    await queue.add('refresh', data);
    expect((await queue.queue.getJob(warm.id!))?.priority).toBe(5);
    await queue.add('warm', data);
    expect((await queue.queue.getJob(warm.id!))?.priority).toBe(5);
  });

  test('after the job of a key has ended is a new one', async () => {
    startWorker(() => Promise.resolve());
    const data = aJob();
    const first = await queue.add('scrape', data);
    await queue.waitForEnd(first, 10_000);
    const second = await queue.add('scrape', data);
    expect(second.id).not.toBe(first.id);
    await queue.waitForEnd(second, 10_000);
  });

  test('pauses between attempts double, with a bound', () => {
    expect([1, 2, 3, 10, 50].map(retryPauseMs)).toEqual([500, 1_000, 2_000, 15_000, 15_000]);
  });
});

describe('looking for a job', () => {
  test('finds it waiting, running and completed', async () => {
    let finish: (result: unknown) => void = () => undefined;
    const end = new Promise((resolve) => (finish = resolve));
    const data = aJob();
    const { id } = await queue.add('scrape', data);
    expect(await queue.find(id!)).toEqual({
      id,
      name: 'scrape',
      url: data.url,
      state: 'waiting',
      result: undefined,
      attempts: 0,
      createdAt: expect.any(Number),
      startedAt: undefined,
      finishedAt: undefined,
    });

    startWorker(() => end);
    while ((await queue.find(id!))?.state !== 'running') await queue.connected();
    expect(await queue.find(id!)).toMatchObject({ attempts: 1, startedAt: expect.any(Number) });

    const result = { outcome: 'success', reason: null, version: 7, work: 'scraped' };
    finish(result);
    while ((await queue.find(id!))?.state === 'running') await queue.connected();
    expect(await queue.find(id!)).toMatchObject({
      state: 'completed',
      result,
      attempts: 1,
      finishedAt: expect.any(Number),
    });
  });

  test('finds one in its pause after a failure', async () => {
    startWorker(() => Promise.reject(new Error('away')), 3_600_000);
    const { id } = await queue.add('refresh', aJob());
    while ((await queue.find(id!))?.state !== 'delayed') await queue.connected();
    expect(await queue.find(id!)).toMatchObject({ name: 'refresh', result: undefined, attempts: 1 });
  });

  test('finds one that ended while thousands of others ended after it', async () => {
    startWorker(() => Promise.resolve());
    const { id } = await queue.add('scrape', aJob());
    const others = Array.from({ length: 3_000 }, () => {
      const data = aJob();
      return { name: 'refresh' as const, data, opts: jobOptions('refresh', data.key) };
    });
    const last = (await queue.queue.addBulk(others)).at(-1)!;
    await queue.waitForEnd(last, 30_000);
    expect(await last.getState()).toBe('completed');
    expect(await queue.find(id!)).toMatchObject({ state: 'completed' });
  });

  test('finds nothing where there is none', async () => {
    expect(await queue.find('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  });
});

describe('a queue that is full', () => {
  test('is busy, and takes jobs again when there is room', async () => {
    const small = new PreviewQueue({ redisUrl: redis.url, maxWaiting: 2, onError: () => undefined });
    await small.connected();
    const waiting = aJob();
    await small.add('scrape', waiting);
    await small.add('scrape', aJob());
    await expect(small.add('scrape', aJob())).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(small.add('scrape', waiting)).resolves.toBeDefined(); // it takes no more room
    const later = new PreviewQueue({ redisUrl: redis.url, maxWaiting: 2, onError: () => undefined });
    await later.connected();
    await expect(later.add('scrape', aJob())).rejects.toMatchObject({ code: 'EBUSY' });
    await Promise.all([small.onApplicationShutdown(), later.onApplicationShutdown()]);
  });
});

describe('a queue that is away', () => {
  test('is busy at once, also when it was never there', async () => {
    const gone = await freshRedis('queue');
    const producer = await aProducer(gone.url);
    await gone.stop();
    await expect(producer.add('scrape', aJob())).rejects.toMatchObject({ code: 'EBUSY' });
    await producer.onApplicationShutdown();

    const never = new PreviewQueue({ redisUrl: gone.url, maxWaiting: 1_000, onError: () => undefined });
    await expect(never.add('scrape', aJob())).rejects.toMatchObject({ code: 'EBUSY' });
    await never.onApplicationShutdown();
  });

  test('is busy at a deadline when it is frozen', async () => {
    const frozen = await freshRedis('queue');
    const producer = await aProducer(frozen.url);
    frozen.process.signal('SIGSTOP');
    await expect(producer.add('scrape', aJob())).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(producer.find('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'EBUSY',
    });
    frozen.process.signal('SIGCONT');
    await producer.onApplicationShutdown();
    await frozen.stop();
  });
});

test('tells the eviction policy of its server', async () => {
  expect(await queue.memory()).toEqual({
    usedBytes: expect.any(Number),
    limitBytes: 0,
    evictionPolicy: 'noeviction',
  });
});

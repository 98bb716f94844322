import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Worker } from 'bullmq';
import { QueueBusy } from '#libs/preview';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import type { PrivateRedis } from '../../../apps/local/src/private-redis.js';
import { aKey } from '../../../test/support/builders.js';
import { eventually } from '../../../test/support/eventually.js';
import { freshRedis } from '../../../test/support/test-servers.js';
import { PALETTE_QUEUE, type PaletteJobData } from './palette-job.js';
import { PaletteQueue } from './palette-queue.js';

let redis: PrivateRedis;
const queues: PaletteQueue[] = [];
let worker: Worker<PaletteJobData> | undefined;

beforeAll(async () => {
  redis = await freshRedis('queue');
});

afterEach(async () => {
  await worker?.close();
  await Promise.all(queues.splice(0).map((queue) => queue.onApplicationShutdown()));
});

afterAll(() => redis.stop());

async function aQueue(maxWaiting = 1_000): Promise<PaletteQueue> {
  const queue = new PaletteQueue({ redisUrl: redis.url, maxWaiting, onError: () => undefined });
  queues.push(queue);
  await queue.connected();
  return queue;
}

function startWorker(handle: (data: PaletteJobData) => Promise<void>): void {
  worker = new Worker<PaletteJobData>(PALETTE_QUEUE, (job) => handle(job.data), {
    prefix: QUEUE_PREFIX,
    connection: consumerConnection(redis.url, new AbortController().signal),
  });
}

describe('asking for colours', () => {
  test('is one job for all gateways that ask at once, and ends for all of them', async () => {
    const [one, other] = [await aQueue(), await aQueue()];
    const reads = [one, one, other, other].map((queue) => queue.find({ key: aKey(1) }, 60_000));
    await eventually(
      () => one.queue.getJobCountByTypes('waiting'),
      (count) => count > 0,
    );
    const handled: string[] = [];
    startWorker(async ({ key }) => void handled.push(key));
    await Promise.all(reads);
    expect(handled).toEqual([aKey(1)]);
  });

  test('ends for who has no more time', async () => {
    const queue = await aQueue();
    await queue.find({ key: aKey(2) }, 1);
    await queue.queue.drain();
  });

  test('is refused where too many wait, or nobody takes it', async () => {
    await expect((await aQueue(0)).find({ key: aKey(3) }, 1)).rejects.toThrow(QueueBusy);
    const away = new PaletteQueue({
      redisUrl: 'redis://127.0.0.1:1',
      maxWaiting: 9,
      onError: () => undefined,
    });
    queues.push(away);
    await expect(away.find({ key: aKey(4) }, 1)).rejects.toThrow(QueueBusy);
  });
});

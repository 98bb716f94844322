import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { type PreviewKey, QueueBusy, withinDeadline } from '#libs/preview';
import { consumerConnection, producerConnection, QUEUE_PREFIX } from '#libs/redis';
import { PALETTE_QUEUE, type PaletteJobData, paletteJobOptions } from './palette-job.js';
import type { PreviewQueueOptions } from './preview-queue.js';
import { QueueRoom } from './queue-room.js';

/** Longest wait for the queue's Redis to take a job, and for a good-bye to it, in ms. */
const ADD_DEADLINE_MS = 1_000;
const CLOSE_DEADLINE_MS = 1_000;

/** The producing side of the queue for colours. */
@Injectable()
export class PaletteQueue implements OnApplicationShutdown {
  /** For whoever shows the queue (Bull Board). */
  readonly queue: Queue<PaletteJobData, void>;
  private readonly events: QueueEvents;
  private readonly connection: Redis;
  private readonly closing = new AbortController();
  private readonly room: QueueRoom;

  constructor(options: PreviewQueueOptions) {
    this.connection = new Redis(producerConnection(options.redisUrl, this.closing.signal));
    this.queue = new Queue(PALETTE_QUEUE, {
      prefix: QUEUE_PREFIX,
      connection: this.connection,
      skipWaitingForReady: true, // else `add` hangs when Redis was never up
    });
    this.events = new QueueEvents(PALETTE_QUEUE, {
      prefix: QUEUE_PREFIX,
      connection: consumerConnection(options.redisUrl, this.closing.signal),
    });
    const count = () => this.queue.getJobCountByTypes('waiting', 'delayed');
    this.room = new QueueRoom(count, options.maxWaiting);
    // Every waiting reader is a listener; a thousand of them are no leak.
    this.queue.setMaxListeners(0);
    this.events.setMaxListeners(0);
    this.queue.on('error', options.onError);
    this.events.on('error', options.onError);
  }

  /** Resolves once there is a connection, however long that takes; without one, `find` is busy. */
  async connected(): Promise<void> {
    if (this.connection.status !== 'ready') await once(this.connection, 'ready');
  }

  /**
   * Has the pictures of a page looked at, by one job for all who ask meanwhile, and waits for its end, in whatever way, for no longer than `waitMs`; what came of it
   * is for the caller to look for.
   *
   * @throws {QueueBusy} when too many wait, or the queue's Redis doesn't take it
   */
  async find(key: PreviewKey, waitMs: number): Promise<void> {
    const job = await this.add(key);
    await job.waitUntilFinished(this.events, Math.max(1, waitMs)).catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    const closed = Promise.allSettled([this.events.close(), this.queue.close()]);
    await withinDeadline(closed, CLOSE_DEADLINE_MS, 'closing the queue').catch(() => undefined); // it waits for a server that is away
    this.connection.disconnect();
  }

  private async add(key: PreviewKey) {
    const added = this.room.take().then((isTaken) => {
      if (!isTaken) throw new QueueBusy();
      return this.queue.add('palette', { key }, { ...paletteJobOptions(key), jobId: randomUUID() });
    });
    try {
      return await withinDeadline(added, ADD_DEADLINE_MS, 'adding a job');
    } catch (error) {
      throw error instanceof QueueBusy ? error : new QueueBusy({ cause: error });
    }
  }
}

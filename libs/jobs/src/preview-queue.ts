import { once } from 'node:events';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Job, Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { QueueBusy, withinDeadline } from '#libs/preview';
import { consumerConnection, producerConnection } from '#libs/redis';
import {
  jobOptions,
  PREVIEW_QUEUE,
  type PreviewJobData,
  type PreviewJobName,
  type PreviewJobResult,
  QUEUE_PREFIX,
} from './preview-job.js';

/** A job of this queue, as its producers hold it. */
export type PreviewJob = Job<PreviewJobData, PreviewJobResult, PreviewJobName>;

export interface PreviewQueueOptions {
  readonly redisUrl: string;
  /** Told of connection errors; commands fail on their own. */
  readonly onError: (error: Error) => void;
}

/** Longest wait for the queue's Redis to take a job, in ms. */
const ADD_DEADLINE_MS = 1_000;

/** Longest wait for a good-bye to the queue's Redis, in ms. */
const CLOSE_DEADLINE_MS = 1_000;

/** The producing side of the queue. */
@Injectable()
export class PreviewQueue implements OnApplicationShutdown {
  /** For whoever shows the queue (Bull Board). */
  readonly queue: Queue<PreviewJobData, PreviewJobResult, PreviewJobName>;
  private readonly events: QueueEvents;
  private readonly connection: Redis;
  private readonly closing = new AbortController();

  constructor(options: PreviewQueueOptions) {
    this.connection = new Redis(producerConnection(options.redisUrl, this.closing.signal));
    this.queue = new Queue(PREVIEW_QUEUE, {
      prefix: QUEUE_PREFIX,
      connection: this.connection,
      skipWaitingForReady: true, // else `add` hangs when Redis was never up
    });
    this.events = new QueueEvents(PREVIEW_QUEUE, {
      prefix: QUEUE_PREFIX,
      connection: consumerConnection(options.redisUrl, this.closing.signal),
    });
    // Every waiting reader is a listener; a thousand of them are no leak.
    this.queue.setMaxListeners(0);
    this.events.setMaxListeners(0);
    this.queue.on('error', options.onError);
    this.events.on('error', options.onError);
  }

  /** Resolves once there is a connection, however long that takes; without one, `add` is busy. */
  async connected(): Promise<void> {
    if (this.connection.status !== 'ready') await once(this.connection, 'ready');
  }

  /**
   * Asks for a scrape. A key that is waiting or running already is joined, so any number of askers cost one scrape.
   *
   * @throws {QueueBusy} when the queue's Redis doesn't take it
   */
  async add(name: PreviewJobName, data: PreviewJobData): Promise<PreviewJob> {
    try {
      const added = this.queue.add(name, data, jobOptions(name, data.key));
      return await withinDeadline(added, ADD_DEADLINE_MS, 'adding a job');
    } catch (error) {
      throw new QueueBusy({ cause: error });
    }
  }

  /** Resolves when the job has ended in whatever way, or after `waitMs`; events can be lost, so the caller looks for itself. */
  async waitForEnd(job: PreviewJob, waitMs: number): Promise<void> {
    await job.waitUntilFinished(this.events, waitMs).catch(() => undefined);
  }

  /** Resolves with the server's eviction policy: anything but `noeviction` can cost jobs. Sets no deadline of its own. */
  async evictionPolicy(): Promise<string | undefined> {
    return /^maxmemory_policy:(\S+)/m.exec(await this.connection.info('memory'))?.[1];
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    const closed = Promise.allSettled([this.events.close(), this.queue.close()]);
    await withinDeadline(closed, CLOSE_DEADLINE_MS, 'closing the queue').catch(() => undefined); // it waits for a server that is away
    this.connection.disconnect();
  }
}

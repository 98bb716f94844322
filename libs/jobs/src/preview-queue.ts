import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Job, Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { type PreviewKey, QueueAway, QueueBusy, withinDeadline } from '#libs/preview';
import { consumerConnection, producerConnection, QUEUE_PREFIX } from '#libs/redis';
import { type FoundJob, foundJob } from './found-job.js';
import { QueueRoom } from './queue-room.js';
import {
  jobOptions,
  PREVIEW_QUEUE,
  PRIORITY,
  type PreviewJobData,
  type PreviewJobName,
  type PreviewJobResult,
} from './preview-job.js';

/** A job of this queue, as its producers hold it. */
export type PreviewJob = Job<PreviewJobData, PreviewJobResult, PreviewJobName>;

export interface PreviewQueueOptions {
  readonly redisUrl: string;
  /** Past so many waiting jobs no further one is taken. */
  readonly maxWaiting: number;
  /** Told of connection errors; commands fail on their own. */
  readonly onError: (error: Error) => void;
}

/** Longest wait for the queue's Redis to take a job, in ms. */
const ADD_DEADLINE_MS = 1_000;

/** Longest wait for a look at a job, in ms. */
const FIND_DEADLINE_MS = 1_000;

/** States of a job that nobody can join any more. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'unknown']);

/** How often an add may meet a job that ends at that very moment. */
const JOIN_ATTEMPTS = 5;

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
  private readonly room: QueueRoom;

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
    const count = () => this.queue.getJobCountByTypes('prioritized', 'waiting', 'delayed');
    this.room = new QueueRoom(count, options.maxWaiting);
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
   * Asks for work on a key. A job of the key that waits or runs already is joined, so any number of askers cost one scrape; one that
   * waits for less than the asker does is hurried.
   *
   * @throws {QueueBusy} when too many wait, or the queue's Redis doesn't take it
   */
  async add(name: PreviewJobName, data: PreviewJobData): Promise<PreviewJob> {
    try {
      return await withinDeadline(this.addOrJoin(name, data), ADD_DEADLINE_MS, 'adding a job');
    } catch (error) {
      throw error instanceof QueueBusy ? error : new QueueBusy({ cause: error });
    }
  }

  /**
   * Waits for a job's end, in whatever way, and for no longer than `waitMs`; events can be lost, so the caller looks for himself.
   *
   * @returns what the job says of itself, if it was heard of
   */
  async waitForEnd(job: PreviewJob, waitMs: number): Promise<PreviewJobResult | undefined> {
    return job.waitUntilFinished(this.events, Math.max(1, waitMs)).catch(() => undefined);
  }

  /**
   * Where a job is; undefined for one that never was, or that ended so long ago that it has been removed.
   *
   * @throws {QueueAway}
   */
  async find(id: string): Promise<FoundJob | undefined> {
    try {
      return await withinDeadline(this.look(id), FIND_DEADLINE_MS, 'looking for a job');
    } catch (error) {
      throw new QueueAway({ cause: error });
    }
  }

  /** Resolves with the server's eviction policy: anything but `noeviction` can cost jobs. Sets no deadline of its own. */
  async evictionPolicy(): Promise<string | undefined> {
    return /^maxmemory_policy:(\S+)/m.exec(await this.connection.info('memory'))?.[1];
  }

  /** How many workers take jobs; 0 where the server doesn't tell. */
  async workers(): Promise<number> {
    const count = this.queue.getWorkersCount();
    return withinDeadline(count, ADD_DEADLINE_MS, 'counting workers').catch(() => 0);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    const closed = Promise.allSettled([this.events.close(), this.queue.close()]);
    await withinDeadline(closed, CLOSE_DEADLINE_MS, 'closing the queue').catch(() => undefined); // it waits for a server that is away
    this.connection.disconnect();
  }

  /** The state first: what the job says of its end is then there, if it has ended. */
  private async look(id: string): Promise<FoundJob | undefined> {
    const state = await this.queue.getJobState(id);
    const job = state === 'unknown' ? undefined : await this.queue.getJob(id);
    return job && foundJob(job, state);
  }

  private async addOrJoin(name: PreviewJobName, data: PreviewJobData): Promise<PreviewJob> {
    await this.refuseWhenFull(data.key);
    for (let attempt = 0; attempt < JOIN_ATTEMPTS; attempt += 1) {
      const jobId = randomUUID();
      const job = await this.queue.add(name, data, { ...jobOptions(name, data.key), jobId });
      if (job.id === jobId) return job;
      if (await this.joined(job, name)) return job;
      // It ended between the two commands: what it was deduplicated with is gone, so the next add is a new job.
    }
    throw new QueueBusy();
  }

  /** Hurries a job that was there already, if need be. @returns false when it has ended */
  private async joined(job: PreviewJob, name: PreviewJobName): Promise<boolean> {
    const state = await job.getState();
    if (state === 'delayed' || state === 'prioritized') await this.hurry(job.id!, name, state);
    return !ENDED.has(state);
  }

  private async hurry(jobId: string, name: PreviewJobName, state: 'delayed' | 'prioritized'): Promise<void> {
    try {
      const job = await this.queue.getJob(jobId); // what `add` gave back has the asker's priority
      if (job === undefined) return;
      // The priority first: the worker that takes it must know that someone waits.
      if (job.priority > PRIORITY[name]) await job.changePriority({ priority: PRIORITY[name] });
      // A delayed one sits out a pause (a retry, or a host without room) and stays there whoever joins it; only promoting frees it. Where
      // there still is no room it is given the next turn.
      if (state === 'delayed' && name === 'scrape') await job.promote();
    } catch {
      // It moved on while we looked: it runs, or has ended and the waiter will see so.
    }
  }

  /** A job that waits already may be joined however full the queue is: it takes no more room. */
  private async refuseWhenFull(key: PreviewKey): Promise<void> {
    if (await this.room.take()) return;
    if ((await this.queue.getDeduplicationJobId(key)) === null) throw new QueueBusy();
  }
}

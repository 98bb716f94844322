import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Job } from 'bullmq';
import { type PreviewKey, QueueAway, QueueBusy, withinDeadline } from '#libs/preview';
import { type FoundJob, foundJob } from './found-job.js';
import {
  jobOptions,
  PREVIEW_QUEUE,
  PRIORITY,
  type PreviewJobData,
  type PreviewJobName,
  type PreviewJobResult,
} from './preview-job.js';
import { type QueueMemory, readQueueMemory } from './queue-memory.js';
import { slotsOf } from './slots-name.js';
import { type QueueOptions, QueueProducer } from './queue-producer.js';

/** A job of this queue, as its producers hold it. */
export type PreviewJob = Job<PreviewJobData, PreviewJobResult, PreviewJobName>;

/** Longest wait for a look at a job, and for a count of workers, in ms. */
const FIND_DEADLINE_MS = 1_000;
const COUNT_DEADLINE_MS = 1_000;

/** States of a job that nobody can join any more. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'unknown']);

/** How often an add may meet a job that ends at that very moment. */
const JOIN_ATTEMPTS = 5;

/** The producing side of the queue. */
@Injectable()
export class PreviewQueue implements OnApplicationShutdown {
  private readonly producer: QueueProducer<PreviewJobData, PreviewJobResult, PreviewJobName>;

  constructor(options: QueueOptions) {
    this.producer = new QueueProducer(PREVIEW_QUEUE, ['prioritized', 'waiting', 'delayed'], options);
  }

  /** For whoever shows the queue (Bull Board). */
  get queue() {
    return this.producer.queue;
  }

  /** Resolves once there is a connection, however long that takes; without one, `add` is busy. */
  async connected(): Promise<void> {
    await this.producer.connected();
  }

  /**
   * Asks for work on a key. A job of the key that waits or runs already is joined, so any number of askers cost one scrape; one that
   * waits for less than the asker does is hurried.
   *
   * @throws {QueueBusy} when too many wait, or the queue's Redis doesn't take it
   */
  async add(name: PreviewJobName, data: PreviewJobData): Promise<PreviewJob> {
    return this.producer.added(this.addOrJoin(name, data));
  }

  /**
   * Waits for a job's end, in whatever way, and for no longer than `waitMs`; events can be lost, so the caller looks for himself.
   *
   * @returns what the job says of itself, if it was heard of
   */
  async waitForEnd(job: PreviewJob, waitMs: number): Promise<PreviewJobResult | undefined> {
    return this.producer.ended(job, waitMs);
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

  /** Whether there is a connection; a server that is frozen keeps it for a while. */
  get isConnected(): boolean {
    return this.producer.connection.status === 'ready';
  }

  /** How the server's memory is used. Sets no deadline of its own. */
  async memory(): Promise<QueueMemory> {
    return readQueueMemory(this.producer.connection);
  }

  /** How many jobs the workers take at a time, all of them together; 0 where the server doesn't tell. */
  async slots(): Promise<number> {
    const workers = this.queue.getWorkers();
    const found = await withinDeadline(workers, COUNT_DEADLINE_MS, 'counting workers').catch(() => []);
    return found.reduce((sum, worker) => sum + slotsOf(worker['rawname'] ?? ''), 0);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.producer.close();
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
    if (await this.producer.room.take()) return;
    if ((await this.queue.getDeduplicationJobId(key)) === null) throw new QueueBusy();
  }
}

import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type JobsOptions, Queue } from 'bullmq';
import { type Clock, DeadlineExceeded, withinDeadline } from '#libs/preview';
import { producerRedis, QUEUE_PREFIX, type QueueRedis } from '#libs/redis';
import { ChunkBacklog, type WaitingChunk } from './chunk-backlog.js';
import { DEMAND_QUEUE, type EncodedChunk } from './demand-chunk.js';
import type { DemandRecorder } from './demand-recorder.js';

export interface DemandHandoverOptions {
  readonly redisUrl: string;
  /** Time between two hand-overs, in ms. */
  readonly windowMs: number;
  /** Most bytes of chunks that wait here while the queue takes none. */
  readonly backlogBytes: number;
  /** A chunk wasn't taken, or the connection failed: for counting, as there are many when it fails at all. */
  readonly onError: (error: unknown) => void;
  /** Reads are being lost: the first of them in an outage. How many it gets to be is in the totals of a later chunk. */
  readonly onDropped: (reads: number) => void;
}

/**
 * Most chunks that wait in the queue: while no worker takes any, gateways go on for days, and a Redis that is full of chunks takes no scrapes
 * either. So many are 67 MB at the most; gateways that look at the same moment may each add as many.
 */
export const MOST_WAITING = 1_000;

/** Longest wait for the queue's Redis to take a chunk, or to count them, in ms. */
const DEADLINE_MS = 1_000;

/** Longest wait for it to take what is left when the process ends, in ms; then for a good-bye. */
const LAST_DEADLINE_MS = 1_000;
const CLOSE_DEADLINE_MS = 1_000;

/** How a chunk is queued. Its id makes adding it again harmless. */
const CHUNK_OPTIONS: JobsOptions = {
  attempts: 1_000_000, // what fails are our own servers, and an outage can last
  backoff: { type: 'custom' }, // the consumer's strategy
  removeOnComplete: true, // nobody waits for it
  removeOnFail: { age: 86_400, count: 1_000 },
};

/** Hands the gateway's read counts to the workers, window by window. No read waits for it, or fails with it. */
@Injectable()
export class DemandHandover implements OnApplicationBootstrap, OnApplicationShutdown {
  /** For whoever shows the queue (Bull Board). */
  readonly queue: Queue<EncodedChunk>;
  private readonly connection: QueueRedis;
  private readonly closing = new AbortController();
  private readonly backlog: ChunkBacklog;
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> | undefined;
  private isLosing = false;

  constructor(
    private readonly recorder: DemandRecorder,
    private readonly clock: Clock,
    private readonly options: DemandHandoverOptions,
  ) {
    this.backlog = new ChunkBacklog(options.backlogBytes);
    this.connection = producerRedis(options.redisUrl, this.closing.signal);
    this.queue = new Queue(DEMAND_QUEUE, {
      prefix: QUEUE_PREFIX,
      connection: this.connection,
      skipWaitingForReady: true, // else `add` hangs when Redis was never up
    });
    this.queue.on('error', options.onError);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.handOver(), this.options.windowMs);
  }

  /** Ends the window and hands over what waits, in order. What the queue doesn't take stays for the next time; this never rejects. */
  async handOver(): Promise<void> {
    this.endWindow();
    // One at a time: who comes meanwhile has added to what is being worked off.
    this.underWay ??= this.workOff()
      .catch(this.options.onError)
      .finally(() => {
        this.underWay = undefined;
      });
    await this.underWay;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await withinDeadline(this.handOver(), LAST_DEADLINE_MS, 'the last hand-over').catch(this.options.onError);
    if (this.backlog.reads > 0) this.options.onDropped(this.backlog.reads);
    this.closing.abort();
    const closed = this.queue.close();
    await withinDeadline(closed, CLOSE_DEADLINE_MS, 'closing the queue').catch(() => undefined); // it waits for a server that is away
    this.connection.disconnect();
  }

  private endWindow(): void {
    for (const chunk of this.recorder.cut(this.clock.now())) {
      const lost = this.backlog.push(chunk);
      if (lost === 0) continue;
      this.recorder.gaveUp(lost);
      if (!this.isLosing) this.options.onDropped(lost);
      this.isLosing = true;
    }
  }

  private async workOff(): Promise<void> {
    let room = this.backlog.first === undefined ? 0 : await this.room();
    for (let chunk = this.backlog.first; chunk !== undefined && room > 0; chunk = this.backlog.first) {
      await this.add(chunk);
      this.backlog.shift();
      room -= 1;
    }
    if (this.backlog.first === undefined) this.isLosing = false;
  }

  /** How many more chunks may wait in the queue. Those that sit out a pause, as Postgres is away, are in Redis just the same. */
  private async room(): Promise<number> {
    const waiting = this.queue.getJobCountByTypes('waiting', 'delayed');
    return MOST_WAITING - (await this.inTime(waiting, 'counting chunks'));
  }

  private async add({ id, text }: WaitingChunk): Promise<void> {
    const data = JSON.parse(text) as EncodedChunk;
    const added = this.queue.add('chunk', data, { ...CHUNK_OPTIONS, jobId: id });
    await this.inTime(added, 'handing over demand');
  }

  private async inTime<T>(work: Promise<T>, what: string): Promise<T> {
    try {
      return await withinDeadline(work, DEADLINE_MS, what);
    } catch (error) {
      // A server that is frozen would get one more copy each time, all held here until it answers; and one that is gone without a word
      // would be believed in for a quarter of an hour.
      if (error instanceof DeadlineExceeded) this.connection.disconnect(true);
      throw error;
    }
  }
}

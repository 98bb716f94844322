import { once } from 'node:events';
import { type Job, type JobType, Queue, QueueEvents, type Telemetry } from 'bullmq';
import { QueueBusy, withinDeadline } from '#libs/preview';
import {
  type ConsumerConnection,
  consumerConnection,
  leave,
  producerRedis,
  QUEUE_PREFIX,
  type QueueRedis,
} from '#libs/redis';
import { QueueRoom } from './queue-room.js';

export interface QueueOptions {
  readonly redisUrl: string;
  /** Past so many waiting jobs no further one is taken. */
  readonly maxWaiting: number;
  /** Told of connection errors; commands fail on their own. */
  readonly onError: (error: Error) => void;
  /** Takes jobs into the traces that they are added in; default: none. */
  readonly tracing?: Telemetry | undefined;
}

/** Longest wait for the queue's Redis to take a job, and for a good-bye to it, in ms. */
const ADD_DEADLINE_MS = 1_000;
const CLOSE_DEADLINE_MS = 1_000;

/** What producers of any queue have in common: connections that fail fast, room, deadlines, and waiting for an end. */
export class QueueProducer<Data, Result, Name extends string> {
  readonly queue: Queue<Data, Result, Name>;
  readonly connection: QueueRedis;
  /** Whether the queue takes a job more. */
  readonly room: QueueRoom;
  private readonly listening: ConsumerConnection;
  private readonly events: QueueEvents;
  private readonly closing = new AbortController();

  /** @param waitingStates those that count as waiting, of jobs of this queue */
  constructor(name: string, waitingStates: readonly JobType[], options: QueueOptions) {
    this.connection = producerRedis(options.redisUrl, this.closing.signal);
    this.queue = new Queue(name, {
      prefix: QUEUE_PREFIX,
      connection: this.connection,
      skipWaitingForReady: true, // else `add` hangs when Redis was never up
      ...(options.tracing !== undefined && { telemetry: options.tracing }),
    });
    this.listening = consumerConnection(options.redisUrl, this.closing.signal);
    this.events = new QueueEvents(name, { prefix: QUEUE_PREFIX, connection: this.listening });
    this.room = new QueueRoom(() => this.queue.getJobCountByTypes(...waitingStates), options.maxWaiting);
    // Every waiting reader is a listener; a thousand of them are no leak.
    this.queue.setMaxListeners(0);
    this.events.setMaxListeners(0);
    this.queue.on('error', options.onError);
    this.events.on('error', options.onError);
  }

  /** Resolves once there is a connection, however long that takes; without one, adding is busy. */
  async connected(): Promise<void> {
    if (this.connection.status !== 'ready') await once(this.connection, 'ready');
  }

  /**
   * What an addition comes to, within a deadline.
   *
   * @throws {QueueBusy} when it said so, failed, or took too long
   */
  async added<Added>(addition: Promise<Added>): Promise<Added> {
    try {
      return await withinDeadline(addition, ADD_DEADLINE_MS, 'adding a job');
    } catch (error) {
      throw error instanceof QueueBusy ? error : new QueueBusy({ cause: error });
    }
  }

  /**
   * Waits for a job's end, in whatever way, and for no longer than `waitMs`; events can be lost, so the caller looks for himself.
   *
   * @returns what the job says of itself, if it was heard of
   */
  async ended(job: Job<Data, Result, Name>, waitMs: number): Promise<Result | undefined> {
    return job.waitUntilFinished(this.events, Math.max(1, waitMs)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closing.abort();
    const closed = Promise.allSettled([this.events.close(), this.queue.close()]);
    await withinDeadline(closed, CLOSE_DEADLINE_MS, 'closing the queue').catch(() => undefined); // it waits for a server that is away
    this.connection.disconnect();
    leave(this.listening);
  }
}

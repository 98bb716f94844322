import { type Job, type Telemetry, Worker, type WorkerOptions } from 'bullmq';
import { Cluster } from 'ioredis';
import { type QueueMemory, queueMemory, readQueueMemory, retryPauseMs } from '#libs/jobs';
import { withinDeadline } from '#libs/preview';
import { type ConsumerConnection, consumerConnection, leave, QUEUE_PREFIX } from '#libs/redis';
import type { Logger } from '#libs/telemetry';

/** How a worker takes jobs, from whichever queue. Times in ms. */
export interface ConsumerOptions {
  readonly redisUrl: string;
  /** A worker that doesn't renew its lock for this long has died; another takes its job. */
  readonly lockMs: number;
  /** How often such jobs are looked for. */
  readonly stalledCheckMs: number;
  /** How long running jobs have to end when the process is told to. */
  readonly drainMs: number;
  /** Goes on with the traces of jobs; absent where nobody traces. */
  readonly tracing?: Telemetry | undefined;
}

/** What a queue's edge adds to that. */
export interface QueueEdge<Data, Result, Name extends string> {
  readonly queue: string;
  /** @param closing aborted once the process is told to end: for what can as well be begun again */
  readonly process: (
    job: Job<Data, Result, Name>,
    token: string | undefined,
    closing: AbortSignal,
  ) => Promise<Result>;
  readonly settings?: Pick<WorkerOptions, 'concurrency' | 'maxStalledCount' | 'name'>;
  readonly logger: Logger;
}

/** A connection that takes jobs of one queue: what the edges of all queues have in common. */
export class QueueConsumer<Data, Result, Name extends string> {
  readonly worker: Worker<Data, Result, Name>;
  private readonly connection: ConsumerConnection;
  private readonly closing = new AbortController();

  constructor(
    private readonly edge: QueueEdge<Data, Result, Name>,
    private readonly options: ConsumerOptions,
  ) {
    const { signal } = this.closing;
    this.connection = consumerConnection(options.redisUrl, signal);
    this.worker = new Worker<Data, Result, Name>(
      edge.queue,
      (job, token) => edge.process(job, token, signal),
      {
        ...edge.settings,
        prefix: QUEUE_PREFIX,
        connection: this.connection,
        lockDuration: options.lockMs,
        stalledInterval: options.stalledCheckMs,
        settings: { backoffStrategy: retryPauseMs },
        ...(options.tracing !== undefined && { telemetry: options.tracing }),
      },
    );
    this.worker.on('error', (error) => edge.logger.warn('queue connection', error));
  }

  /** How the memory of the queue's Redis is used, when that answers; sets no deadline of its own. */
  async memory(): Promise<QueueMemory> {
    if (this.connection instanceof Cluster) return readQueueMemory(this.connection);
    const client = await this.worker.backend.client;
    return queueMemory(await client.info());
  }

  /** Takes no more jobs, and waits for those that run. One that isn't done in time is lost to nobody: its lock runs out, and another worker takes it. */
  async drain(): Promise<void> {
    this.closing.abort();
    await withinDeadline(this.worker.close(), this.options.drainMs, 'ending running jobs').catch(
      (error: unknown) =>
        this.edge.logger.warn(`jobs of ${this.edge.queue} are left to another worker`, error),
    );
    leave(this.connection);
  }
}

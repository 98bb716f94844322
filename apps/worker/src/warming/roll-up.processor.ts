import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { UnrecoverableError, Worker } from 'bullmq';
import { DEMAND_QUEUE, type DemandChunk, decodeChunk } from '#libs/demand';
import { retryPauseMs } from '#libs/jobs';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import { Logger } from '#libs/telemetry';
import { RollUp } from './roll-up.js';

export interface RollUpProcessorOptions {
  readonly redisUrl: string;
  /** A worker that doesn't renew its lock for this long (ms) has died; another takes its chunk. */
  readonly lockMs: number;
  readonly stalledCheckMs: number;
}

/** The demand queue's edge. One chunk at a time: they all wait for the same lock in Postgres. */
@Injectable()
export class RollUpProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private worker: Worker | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly rollUp: RollUp,
    private readonly logger: Logger,
    private readonly options: RollUpProcessorOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.worker = new Worker(DEMAND_QUEUE, (job) => this.rollUp.add(understood(job.data)), {
      prefix: QUEUE_PREFIX,
      connection: consumerConnection(this.options.redisUrl, this.closing.signal),
      lockDuration: this.options.lockMs,
      stalledInterval: this.options.stalledCheckMs,
      maxStalledCount: 1_000, // it isn't the chunk that kills workers; and it is added once, however often it is begun
      settings: { backoffStrategy: retryPauseMs },
    });
    this.worker.on('failed', (_job, error) => this.logger.error('demand was not added', error));
    this.worker.on('error', (error) => this.logger.warn('queue connection', error));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.worker?.close();
  }
}

/** @throws {UnrecoverableError} for what is no chunk: it won't be one the next time */
function understood(data: unknown): DemandChunk {
  try {
    return decodeChunk(data);
  } catch (error) {
    throw new UnrecoverableError(error instanceof Error ? error.message : String(error));
  }
}

import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, type Job, Worker } from 'bullmq';
import { PALETTE_QUEUE, type PaletteJobData, retryPauseMs } from '#libs/jobs';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import { Logger } from '#libs/telemetry';
import type { PaletteFinder } from './palette-finder.js';

export interface PaletteProcessorOptions {
  readonly redisUrl: string;
  /** A worker that doesn't renew its lock for this long (ms) has died; another takes its job. */
  readonly lockMs: number;
  /** How often (ms) such jobs are looked for. */
  readonly stalledCheckMs: number;
}

/** Pages at a time: one is decoded while the other is fetched. */
const CONCURRENCY = 2;

/** The palette queue's edge. A job whose host has no room goes back to the queue. */
@Injectable()
export class PaletteProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private worker: Worker<PaletteJobData, void> | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly finder: PaletteFinder,
    private readonly logger: Logger,
    private readonly options: PaletteProcessorOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.worker = new Worker(PALETTE_QUEUE, (job, token) => this.process(job, token), {
      prefix: QUEUE_PREFIX,
      connection: consumerConnection(this.options.redisUrl, this.closing.signal),
      concurrency: CONCURRENCY,
      lockDuration: this.options.lockMs,
      stalledInterval: this.options.stalledCheckMs,
      settings: { backoffStrategy: retryPauseMs },
    });
    this.worker.on('failed', (_job, error) => this.logger.error('colours were not looked for', error));
    this.worker.on('error', (error) => this.logger.warn('queue connection', error));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.worker?.close();
  }

  private async process(job: Job<PaletteJobData, void>, token: string | undefined): Promise<void> {
    const comeBack = await this.finder.find(job.data, this.closing.signal);
    if (comeBack === undefined) return;
    await job.moveToDelayed(Date.now() + comeBack.inMs, token);
    throw new DelayedError();
  }
}

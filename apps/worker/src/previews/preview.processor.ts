import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, Worker } from 'bullmq';
import {
  isAwaited,
  PREVIEW_QUEUE,
  type PreviewJob,
  type PreviewJobData,
  type PreviewJobName,
  type PreviewJobResult,
  retryPauseMs,
} from '#libs/jobs';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import { Logger } from '#libs/telemetry';
import { PreviewUpdater } from './preview-updater.js';
import { WorkSlots } from './work-slots.js';

export interface PreviewProcessorOptions {
  readonly redisUrl: string;
  readonly concurrency: number;
  /** A worker that doesn't renew its lock for this long (ms) has died; another takes its job. */
  readonly lockMs: number;
  /** How often (ms) such jobs are looked for. */
  readonly stalledCheckMs: number;
}

/** How often a job may lose its worker before it counts as what kills them. */
const MAX_STALLED_COUNT = 3;

/** The queue's edge: takes jobs, hands them to the story, and lets running ones end before the process does. */
@Injectable()
export class PreviewProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private worker: Worker<PreviewJobData, PreviewJobResult, PreviewJobName> | undefined;

  private readonly closing = new AbortController();

  constructor(
    private readonly updater: PreviewUpdater,
    private readonly slots: WorkSlots,
    private readonly logger: Logger,
    private readonly options: PreviewProcessorOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.worker = new Worker(
      PREVIEW_QUEUE,
      (job, token) => this.slots.occupy(() => this.process(job, token)),
      {
        prefix: QUEUE_PREFIX,
        connection: consumerConnection(this.options.redisUrl, this.closing.signal),
        concurrency: this.options.concurrency,
        lockDuration: this.options.lockMs,
        stalledInterval: this.options.stalledCheckMs,
        maxStalledCount: MAX_STALLED_COUNT,
        settings: { backoffStrategy: retryPauseMs },
      },
    );
    this.worker.on('failed', (job, error) =>
      this.logger.error(`job failed: ${job?.data.url ?? 'unknown'}`, error),
    );
    this.worker.on('stalled', (jobId) =>
      this.logger.warn('a worker died or froze; its job goes back to the queue', { jobId }),
    );
    this.worker.on('error', (error) => this.logger.warn('queue connection', error));
  }

  /** Resolves when the queue's Redis answers; sets no deadline of its own. */
  async ping(): Promise<void> {
    const client = await this.worker?.backend.client;
    await client?.info();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.worker?.close();
  }

  /** A job whose host has no room goes back to the queue, and its slot to the next job: a slow host holds up nobody else's. It costs no attempt. */
  private async process(job: PreviewJob, token: string | undefined): Promise<PreviewJobResult> {
    const end = await this.updater.update(job.data, job.name, isAwaited(job));
    if (!('delayMs' in end)) return end;
    await job.moveToDelayed(Date.now() + end.delayMs, token);
    throw new DelayedError();
  }
}

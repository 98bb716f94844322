import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError } from 'bullmq';
import {
  isAwaited,
  PREVIEW_QUEUE,
  type PreviewJob,
  type PreviewJobData,
  type PreviewJobName,
  type PreviewJobResult,
  type QueueMemory,
  slotsName,
} from '#libs/jobs';
import { Logger } from '#libs/telemetry';
import { JobWatch } from '../metrics/job-watch.js';
import type { Postponed } from '../politeness/polite-scraper.js';
import { type ConsumerOptions, QueueConsumer } from '../queues/queue-consumer.js';
import { PreviewUpdater } from './preview-updater.js';
import { WorkSlots } from './work-slots.js';

export interface PreviewProcessorOptions extends ConsumerOptions {
  /** Scrapes at a time. */
  readonly concurrency: number;
}

/** How often a job may lose its worker before it counts as what kills them. */
const MAX_STALLED_COUNT = 3;

/** The queue's edge: takes jobs, hands them to the story, and lets running ones end before the process does. */
@Injectable()
export class PreviewProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private consumer: QueueConsumer<PreviewJobData, PreviewJobResult, PreviewJobName> | undefined;

  constructor(
    private readonly updater: PreviewUpdater,
    private readonly slots: WorkSlots,
    private readonly jobs: JobWatch,
    private readonly logger: Logger,
    private readonly options: PreviewProcessorOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.consumer = new QueueConsumer(
      {
        queue: PREVIEW_QUEUE,
        process: (job, token) => this.slots.occupy(() => this.process(job, token)),
        settings: {
          concurrency: this.options.concurrency,
          maxStalledCount: MAX_STALLED_COUNT,
          name: slotsName(this.options.concurrency),
        },
        logger: this.logger,
      },
      this.options,
    );
    const { worker } = this.consumer;
    worker.on('failed', (job, error) =>
      this.logger.error(`job failed: ${job?.data.url ?? 'unknown'}`, {
        jobId: job?.id,
        requestId: job?.data.requestId,
        err: error,
      }),
    );
    worker.on('stalled', (jobId) =>
      this.logger.warn('a worker died or froze; its job goes back to the queue', { jobId }),
    );
  }

  /** As its queue's server says; undefined before there is a connection. */
  async memory(): Promise<QueueMemory | undefined> {
    return this.consumer?.memory();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer?.drain();
  }

  /** A job whose host has no room goes back to the queue, and its slot to the next job: a slow host holds up nobody else's. It costs no attempt. */
  private async process(job: PreviewJob, token: string | undefined): Promise<PreviewJobResult> {
    const name = job.data.ordered === true ? 'order' : job.name;
    const update = () => this.updater.update(job.data, job.name, isAwaited(job));
    const end = await this.jobs.watch(name, job, update, endOf);
    if (!('delayMs' in end)) return end;
    await job.moveToDelayed(Date.now() + end.delayMs, token);
    throw new DelayedError();
  }
}

function endOf(end: PreviewJobResult | Postponed): { work: string; outcome?: string } {
  return 'delayMs' in end ? { work: 'postponed' } : { work: end.work, outcome: end.outcome };
}

import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, type Job } from 'bullmq';
import { PALETTE_QUEUE, type PaletteJobData, type QueueMemory } from '#libs/jobs';
import { Logger } from '#libs/telemetry';
import { JobWatch } from '../metrics/job-watch.js';
import { type ConsumerOptions, QueueConsumer } from '../queues/queue-consumer.js';
import type { PaletteFinder } from './palette-finder.js';

/** Pages at a time: one is decoded while the other is fetched. */
const CONCURRENCY = 2;

/** The palette queue's edge. A job whose host has no room goes back to the queue. */
@Injectable()
export class PaletteProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private consumer: QueueConsumer<PaletteJobData, void, string> | undefined;

  constructor(
    private readonly finder: PaletteFinder,
    private readonly jobs: JobWatch,
    private readonly logger: Logger,
    private readonly options: ConsumerOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.consumer = new QueueConsumer(
      {
        queue: PALETTE_QUEUE,
        process: (job, token, closing) => this.process(job, token, closing),
        settings: { concurrency: CONCURRENCY },
        logger: this.logger,
      },
      this.options,
    );
    this.consumer.worker.on('failed', (_job, error) =>
      this.logger.error('colours were not looked for', error),
    );
  }

  /** As its queue's server says; undefined before there is a connection. */
  async memory(): Promise<QueueMemory | undefined> {
    return this.consumer?.memory();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer?.drain();
  }

  private async process(
    job: Job<PaletteJobData, void>,
    token: string | undefined,
    closing: AbortSignal,
  ): Promise<void> {
    const find = () => this.finder.find(job.data, closing);
    const comeBack = await this.jobs.watch('palette', job, find, (later) => ({
      work: later === undefined ? 'done' : 'postponed',
    }));
    if (comeBack === undefined) return;
    await job.moveToDelayed(Date.now() + comeBack.inMs, token);
    throw new DelayedError();
  }
}

import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Job, UnrecoverableError } from 'bullmq';
import { DEMAND_QUEUE, type DemandChunk, decodeChunk } from '#libs/demand';
import type { QueueMemory } from '#libs/jobs';
import { Logger } from '#libs/telemetry';
import { JobWatch } from '../metrics/job-watch.js';
import { type ConsumerOptions, QueueConsumer } from '../queues/queue-consumer.js';
import { RollUp, type RollUpResult } from './roll-up.js';

/** It isn't the chunk that kills workers; and it is added once, however often it is begun. */
const MAX_STALLED_COUNT = 1_000;

/** The demand queue's edge. One chunk at a time: they all wait for the same lock in Postgres. */
@Injectable()
export class RollUpProcessor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private consumer: QueueConsumer<object, RollUpResult, string> | undefined;

  constructor(
    private readonly rollUp: RollUp,
    private readonly jobs: JobWatch,
    private readonly logger: Logger,
    private readonly options: ConsumerOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.consumer = new QueueConsumer(
      {
        queue: DEMAND_QUEUE,
        process: (job) => this.add(job),
        settings: { maxStalledCount: MAX_STALLED_COUNT },
        logger: this.logger,
      },
      this.options,
    );
    this.consumer.worker.on('failed', (_job, error) => this.logger.error('demand was not added', error));
  }

  /** As its queue's server says; undefined before there is a connection. */
  async memory(): Promise<QueueMemory | undefined> {
    return this.consumer?.memory();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer?.drain();
  }

  private add(job: Job<object>): Promise<RollUpResult> {
    const add = async () => this.rollUp.add(understood(job.data));
    return this.jobs.measure('demand', job, add, (work) => ({ work }));
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

import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { QueueBusy } from '#libs/preview';
import { PALETTE_QUEUE, type PaletteJobData, paletteJobOptions } from './palette-job.js';
import { type QueueOptions, QueueProducer } from './queue-producer.js';

/** The producing side of the queue for colours. */
@Injectable()
export class PaletteQueue implements OnApplicationShutdown {
  private readonly producer: QueueProducer<PaletteJobData, void, 'palette'>;

  constructor(options: QueueOptions) {
    this.producer = new QueueProducer(PALETTE_QUEUE, ['waiting', 'delayed'], options);
  }

  /** For whoever shows the queue (Bull Board). */
  get queue() {
    return this.producer.queue;
  }

  /** Resolves once there is a connection, however long that takes; without one, `find` is busy. */
  async connected(): Promise<void> {
    await this.producer.connected();
  }

  /**
   * Has the pictures of a page looked at, by one job for all who ask meanwhile, and waits for its end, in whatever way, for no longer than `waitMs`; what came of it
   * is for the caller to look for.
   *
   * @throws {QueueBusy} when too many wait, or the queue's Redis doesn't take it
   */
  async find(data: PaletteJobData, waitMs: number): Promise<void> {
    await this.producer.ended(await this.producer.added(this.add(data)), waitMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.producer.close();
  }

  private async add(data: PaletteJobData) {
    if (!(await this.producer.room.take())) throw new QueueBusy();
    return this.queue.add('palette', data, { ...paletteJobOptions(data.key), jobId: randomUUID() });
  }
}

import { Injectable } from '@nestjs/common';
import { PreviewQueue } from '#libs/jobs';
import { WarmBatches } from '#libs/store';
import { NoSuchId } from '../no-such-id.js';
import { fromStore } from '../patient-store.js';
import { batchBody } from './batch-body.js';
import { jobBody } from './job-body.js';
import { progressId } from './jobs.schema.js';

/** What became of work that was asked for, as callers see it. */
@Injectable()
export class KnownProgress {
  constructor(
    private readonly queue: PreviewQueue,
    private readonly batches: WarmBatches,
  ) {}

  /** @throws {NoSuchId} {QueueAway} */
  async job(id: string) {
    const job = progressId.safeParse(id).success ? await this.queue.find(id) : undefined;
    if (job === undefined) throw new NoSuchId('job');
    return jobBody(job);
  }

  /** @throws {NoSuchId} {StoresUnavailable} */
  async batch(id: string) {
    const progress = progressId.safeParse(id).success
      ? await fromStore(this.batches.progressOf(id), 'looking for a batch')
      : undefined;
    if (progress === undefined) throw new NoSuchId('batch');
    return batchBody(progress);
  }
}

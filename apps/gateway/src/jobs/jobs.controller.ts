import { Controller, Get, Header, Param } from '@nestjs/common';
import { z } from 'zod';
import { PreviewQueue } from '#libs/jobs';
import { WarmBatches } from '#libs/store';
import { RequiresRole } from '../access/role.js';
import { fromStore } from '../patient-store.js';
import { batchBody } from './batch-body.js';
import { jobBody } from './job-body.js';
import { NoSuchId } from './no-such-id.js';

/** Both kinds of ids; neither Redis nor Postgres is asked for anything else. */
const uuid = z.uuid();

/** What became of work that was asked for. A completed job is known for an hour, a failed one for a day, and either for less under load: `jobOptions`. */
@Controller('v1')
@RequiresRole('writer')
export class JobsController {
  constructor(
    private readonly queue: PreviewQueue,
    private readonly batches: WarmBatches,
  ) {}

  @Get('jobs/:id')
  @Header('cache-control', 'no-store')
  async job(@Param('id') id: string) {
    const job = uuid.safeParse(id).success ? await this.queue.find(id) : undefined;
    if (job === undefined) throw new NoSuchId('job');
    return { status: 'success', data: jobBody(job) };
  }

  @Get('batches/:id')
  @Header('cache-control', 'no-store')
  async batch(@Param('id') id: string) {
    const progress = uuid.safeParse(id).success
      ? await fromStore(this.batches.progressOf(id), 'looking for a batch')
      : undefined;
    if (progress === undefined) throw new NoSuchId('batch');
    return { status: 'success', data: batchBody(progress) };
  }
}

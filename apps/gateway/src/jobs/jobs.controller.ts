import { Controller, Get, Header, Param } from '@nestjs/common';
import { RequiresRole } from '../access/role.js';
import { DescribedBy } from '../openapi/route-description.js';
import { batchDescription, jobDescription } from './jobs.description.js';
import { KnownProgress } from './known-progress.js';

/** What became of work that was asked for. A completed job is known for an hour, a failed one for a day, and either for less under load: `jobOptions`. */
@Controller('v1')
@RequiresRole('writer')
export class JobsController {
  constructor(private readonly known: KnownProgress) {}

  @Get('jobs/:id')
  @DescribedBy(jobDescription)
  @Header('cache-control', 'no-store')
  async job(@Param('id') id: string) {
    return { status: 'success', data: await this.known.job(id) };
  }

  @Get('batches/:id')
  @DescribedBy(batchDescription)
  @Header('cache-control', 'no-store')
  async batch(@Param('id') id: string) {
    return { status: 'success', data: await this.known.batch(id) };
  }
}

import { Controller, Delete, Query } from '@nestjs/common';
import { RequiresRole } from '../access/role.js';
import { DescribedBy } from '../openapi/route-description.js';
import { PreviewPurge } from './preview-purge.js';
import { purgeDescription } from './purge.description.js';
import { type PurgeQuery, purgeQuery } from './purge.schema.js';

@Controller('v1/previews')
@RequiresRole('writer')
export class PurgeController {
  constructor(private readonly purge: PreviewPurge) {}

  @Delete()
  @DescribedBy(purgeDescription)
  async remove(@Query({ schema: purgeQuery }) target: PurgeQuery) {
    return { status: 'success', data: { purged: await this.purge.purge(target) } };
  }
}

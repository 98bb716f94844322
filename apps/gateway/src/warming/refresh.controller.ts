import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Doorkeeper } from '../access/doorkeeper.js';
import { TakesBody } from '../access/request-body.js';
import { DescribedBy } from '../openapi/route-description.js';
import { refreshDescription } from './refresh.description.js';
import { type RefreshBody, refreshBody } from './refresh.schema.js';
import { RefreshOrdering } from './refresh-ordering.js';
import { LIST_LIMIT } from './warm.schema.js';

@Controller('v1/refresh')
export class RefreshController {
  constructor(
    private readonly ordering: RefreshOrdering,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  @Post()
  @HttpCode(202)
  @TakesBody({ role: 'writer', maxBytes: LIST_LIMIT })
  @DescribedBy(refreshDescription)
  async order(@Body({ schema: refreshBody }) target: RefreshBody, @Req() request: FastifyRequest) {
    const askedBy = this.doorkeeper.nameOf(request.raw);
    const { id, total, duplicates, rejected } = await this.ordering.order(target, askedBy);
    return {
      status: 'pending',
      data: { id, href: `/v1/batches/${id}`, total, duplicates, rejected },
    };
  }
}

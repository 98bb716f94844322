import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Doorkeeper } from '../access/doorkeeper.js';
import { TakesBody } from '../access/request-body.js';
import { DescribedBy } from '../openapi/route-description.js';
import { warmDescription } from './warm.description.js';
import { LIST_LIMIT, type WarmBody, warmBody } from './warm.schema.js';
import { WarmOrdering } from './warm-ordering.js';

@Controller('v1/warm')
export class WarmController {
  constructor(
    private readonly ordering: WarmOrdering,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  @Post()
  @HttpCode(202)
  @TakesBody({ role: 'writer', maxBytes: LIST_LIMIT })
  @DescribedBy(warmDescription)
  async order(@Body({ schema: warmBody }) { urls, at, tags }: WarmBody, @Req() request: FastifyRequest) {
    const askedBy = this.doorkeeper.nameOf(request.raw);
    const { id, dueAt, startsAt, orders, duplicates, rejected } = await this.ordering.order(
      urls,
      askedBy,
      at,
      tags,
    );
    const data = {
      id,
      href: `/v1/batches/${id}`,
      at: new Date(dueAt).toISOString(),
      startsAt: new Date(startsAt).toISOString(),
      total: orders.length,
      duplicates,
      rejected,
    };
    return { status: 'pending', data };
  }
}

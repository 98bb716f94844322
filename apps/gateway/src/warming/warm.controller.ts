import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { TakesLargeBody } from '../access/large-body.js';
import { type WarmBody, warmBody } from './warm.schema.js';
import { WarmOrdering } from './warm-ordering.js';

/** Room for 10,000 URLs of a thousand characters and more, in bytes. */
const BODY_LIMIT = 16 * 1024 * 1024;

@Controller('v1/warm')
export class WarmController {
  constructor(private readonly ordering: WarmOrdering) {}

  @Post()
  @HttpCode(202)
  @TakesLargeBody({ maxBytes: BODY_LIMIT, role: 'writer' })
  async order(@Body({ schema: warmBody }) { urls, at }: WarmBody) {
    const { id, dueAt, startsAt, orders, duplicates, rejected } = await this.ordering.order(urls, at);
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

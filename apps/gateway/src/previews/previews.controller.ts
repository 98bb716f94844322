import { Controller, Get, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Clock } from '#libs/preview';
import { RequiresRole } from '../access/role.js';
import { cacheHeaders } from './cache-headers.js';
import { type PreviewBody, previewBody } from './preview-body.js';
import { PreviewReader } from './preview-reader.js';
import { type PreviewQuery, previewQuery } from './previews.schema.js';

/** Previews over HTTP. The clients of the Microlink contract also ask on the bare path. */
@Controller()
@RequiresRole('reader')
export class PreviewsController {
  constructor(
    private readonly reader: PreviewReader,
    private readonly clock: Clock,
  ) {}

  @Get(['/v1/preview', '/'])
  async read(
    @Query({ schema: previewQuery }) query: PreviewQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PreviewBody> {
    const answer = await this.reader.read(query.url);
    reply.headers(cacheHeaders(answer, this.clock.now()));
    return previewBody(answer.entry);
  }
}

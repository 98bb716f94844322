import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock, fetchCandidates } from '#libs/preview';
import { AccessGuard } from '../access/access.guard.js';
import { RequiresRole } from '../access/role.js';
import { CACHE_HEADER_OPTIONS, type CacheHeaderOptions, cacheHeaders } from './cache-headers.js';
import { EncodedPreviews } from './encoded-previews.js';
import { matchesETag } from './if-none-match.js';
import { PaletteWaiter } from './palette-waiter.js';
import type { PendingAnswer } from './preview-answer.js';
import { lacksColors } from './preview-body.js';
import { PreviewReader } from './preview-reader.js';
import { type PreviewQuery, previewQuery } from './previews.schema.js';

/** Previews over HTTP. The clients of the Microlink contract also ask on the bare path. */
@Controller()
@RequiresRole('reader')
export class PreviewsController {
  constructor(
    private readonly reader: PreviewReader,
    private readonly palettes: PaletteWaiter,
    private readonly encoded: EncodedPreviews,
    private readonly clock: Clock,
    private readonly access: AccessGuard,
    @Inject(CACHE_HEADER_OPTIONS) private readonly options: CacheHeaderOptions,
  ) {}

  @Get(['/v1/preview', '/'])
  async read(
    @Query({ schema: previewQuery }) query: PreviewQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (query.force) this.access.require(request, 'writer');
    const caller = request.ip ?? ''; // nobody knows it any more once he has hung up
    const startedAt = performance.now();
    const known = await this.reader.read({ ...query, caller });
    if (known.kind === 'pending') return this.sendPending(known, reply);
    const answer = lacksColors(known.entry, query.projection)
      ? await this.palettes.withColors(known, (query.waitMs ?? Infinity) - (performance.now() - startedAt))
      : known;

    const now = this.clock.now();
    const isPassing = lacksColors(answer.entry, query.projection);
    reply.headers(cacheHeaders(answer, now, query.limits, this.options, isPassing));
    const { coding, bytes, etag } = this.encoded
      .encode(answer.entry, query.projection, now)
      .in(request.headers['accept-encoding']);
    reply.header('etag', etag);
    if (matchesETag(request.headers['if-none-match'], etag)) return void reply.status(304).send();
    if (coding !== 'identity') reply.header('content-encoding', coding);
    reply.header('content-type', 'application/json; charset=utf-8').send(bytes);
  }

  /** The scrape goes on; only a caller who said how long he waits is told so by a success. */
  private sendPending({ url, jobId }: PendingAnswer, reply: FastifyReply): void {
    const data = { url: fetchCandidates(url)[0] };
    reply
      .status(202)
      .headers({ 'cache-control': 'no-store', 'x-cache-status': 'MISS' })
      .send({ status: 'pending', data, job: { id: jobId, href: `/v1/jobs/${jobId}` } });
  }
}

import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalUrl, Clock, showsPreview } from '#libs/preview';
import { CallerAddresses } from '../access/caller-addresses.js';
import { Doorkeeper } from '../access/doorkeeper.js';
import { RequiresRole } from '../access/role.js';
import { RequestMeter } from '../metrics/request-meter.js';
import { DescribedBy } from '../openapi/route-description.js';
import { headerList } from './header-text.js';
import { KnownReads } from './known-reads.js';
import { pageAt } from './page.js';
import { PaletteWaiter } from './palette-waiter.js';
import { pendingBody } from './pending-body.js';
import type { PendingAnswer } from './preview-answer.js';
import { PreviewReader } from './preview-reader.js';
import { PreviewResponses } from './preview-responses.js';
import { readDescription } from './previews.description.js';
import { type PreviewQuery, previewQuery } from './previews.schema.js';

/** Previews over HTTP. The clients of the Microlink contract also ask on the bare path. */
@Controller()
@RequiresRole('reader')
export class PreviewsController {
  constructor(
    private readonly reader: PreviewReader,
    private readonly palettes: PaletteWaiter,
    private readonly responses: PreviewResponses,
    private readonly clock: Clock,
    private readonly doorkeeper: Doorkeeper,
    private readonly addresses: CallerAddresses,
    private readonly known: KnownReads,
    private readonly meter: RequestMeter,
  ) {}

  @Get(['/v1/preview', '/'])
  @DescribedBy(readDescription)
  async read(
    @Query({ schema: previewQuery }) query: PreviewQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (query.force) await this.doorkeeper.require(request.raw, 'writer');
    const page = pageAt(canonicalUrl(query.url));
    const startedAt = performance.now();
    const caller = this.callerOf(request);
    const known = await this.reader.read({ ...query, page, ...caller });
    if (known.kind === 'pending') return this.sendPending(known, reply);
    if (known.kind === 'hit') this.known.learn(request.url, { ...query, page });
    const patienceMs = (query.waitMs ?? Infinity) - (performance.now() - startedAt);
    const answer = await this.palettes.withColors(known, query.projection, patienceMs, caller);

    const now = this.clock.now();
    if (!showsPreview(answer.copy, now)) reply.headers(this.responses.headersOf(answer, query.limits, now));
    const { status, shared, headers, body } = this.responses.respond(answer, query, request.headers, now);
    headers.push(...headerList(shared));
    for (let place = 0; place < headers.length; place += 2) reply.header(headers[place]!, headers[place + 1]);
    reply.status(status).send(body === undefined ? undefined : Buffer.from(body, 'latin1'));
    this.meter.read(answer, reply.elapsedTime);
  }

  private callerOf({ raw, id }: FastifyRequest) {
    return { caller: this.addresses.of(raw), askedBy: this.doorkeeper.nameOf(raw), requestId: id };
  }

  /** The scrape goes on; only a caller who said how long he waits is told so by a success. */
  private sendPending(answer: PendingAnswer, reply: FastifyReply): void {
    reply
      .status(202)
      .headers({ 'cache-control': 'no-store', 'x-cache-status': 'MISS' })
      .send(pendingBody(answer));
  }
}

import { Readable } from 'node:stream';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotAuthenticated } from '../access/access-denied.js';
import { Doorkeeper } from '../access/doorkeeper.js';
import { RequiresRole } from '../access/role.js';
import { NoSuchId } from '../no-such-id.js';
import { DescribedBy } from '../openapi/route-description.js';
import { whenGone } from '../when-gone.js';
import { EventStreams } from './event-streams.js';
import { batchEventsDescription, jobEventsDescription } from './events.description.js';
import { lastEventId } from './jobs.schema.js';
import { KnownProgress } from './known-progress.js';
import { eventId, type EventOptions, hasEnded, type Progress, progressEvents } from './progress-events.js';
import { SharedLooks } from './shared-looks.js';

const OPTIONS: EventOptions = { lookEveryMs: 500, heartbeatMs: 15_000, longestMs: 900_000 };

/** How long those who listen to the same share a look, in ms: less than the pause of each. */
const SHARE_MS = 400;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // nginx would hold them back
};

/** How work that was asked for goes, as it goes. */
@Controller('v1')
@RequiresRole('writer')
export class EventsController {
  private readonly jobs: SharedLooks<Progress>;
  private readonly batches: SharedLooks<Progress>;

  constructor(
    known: KnownProgress,
    private readonly streams: EventStreams,
    private readonly doorkeeper: Doorkeeper,
  ) {
    this.jobs = new SharedLooks((id) => known.job(id), SHARE_MS);
    this.batches = new SharedLooks((id) => known.batch(id), SHARE_MS);
  }

  @Get('jobs/:id/events')
  @DescribedBy(jobEventsDescription)
  async job(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.stream(() => this.jobs.at(id), request, reply);
  }

  @Get('batches/:id/events')
  @DescribedBy(batchEventsDescription)
  async batch(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.stream(() => this.batches.at(id), request, reply);
  }

  private async stream(
    look: () => Promise<Progress>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const gone = whenGone(request, reply);
    const first = await look();
    const lastId = lastEventId.parse(request.headers['last-event-id']);
    // By this an EventSource knows that it need not come back (WHATWG HTML, section 9.2.3).
    if (hasEnded(first) && lastId === eventId(first)) return void reply.status(204).send();
    // Also where word of a revoked key was missed: what is seen is told to who may still see it.
    const lookAgain = async () => {
      const seen = await look();
      await this.doorkeeper.require(request.raw, 'writer');
      return seen;
    };
    const until = this.streams.enter(gone, this.doorkeeper.idOf(request.raw));
    const events = progressEvents(first, () => lookAgain().catch(unlessOver), lastId, until, OPTIONS);
    reply.headers(HEADERS).send(Readable.from(events));
  }
}

/** What was forgotten meanwhile is no fault, nor is a key that was revoked: the stream ends. */
function unlessOver(error: unknown): undefined {
  if (error instanceof NoSuchId || error instanceof NotAuthenticated) return undefined;
  throw error;
}

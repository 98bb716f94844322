import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '#libs/preview';
import { Logger } from '#libs/telemetry';
import { AccessGuard } from '../access/access.guard.js';
import { CallerAddresses } from '../access/caller-addresses.js';
import { type Admission, Doorkeeper } from '../access/doorkeeper.js';
import type { RequiredRole } from '../access/role.js';
import { requestIdOf, responseTime } from '../answer-headers.js';
import { READABLE_ANYWHERE } from '../cors.js';
import { lacksHost } from '../host-header.js';
import { rateLimitText, UNLIMITED } from '../limits/rate-limits.js';
import { RequestMeter } from '../metrics/request-meter.js';
import { headerText } from '../previews/header-text.js';
import { KnownReads, type PlainRead } from '../previews/known-reads.js';
import type { PreviewAnswer } from '../previews/preview-answer.js';
import { PreviewReader } from '../previews/preview-reader.js';
import { type PreviewResponse, PreviewResponses } from '../previews/preview-responses.js';
import { PreviewsController } from '../previews/previews.controller.js';
import { SECURITY_HEADERS } from '../security-headers.js';

/** What the lane has to know of a request, whoever read it off the wire. */
export type LaneRequest = Pick<
  FastifyRequest['raw'],
  'method' | 'url' | 'httpVersion' | 'headers' | 'socket'
>;

/** A request on its way through the lane. */
export interface Exchange {
  readonly request: LaneRequest;
  readonly id: string;
  /** By the monotonic clock, in ms. */
  readonly startedAt: number;
}

/** A read whose caller was let in, and counted, and that memory has nothing for. */
export interface AdmittedRead {
  readonly read: PlainRead;
  readonly limit: Admission['limit'];
  /** His name, for people. */
  readonly askedBy: string;
}

/** What every answer has. */
const ON_ALL = headerText({ ...READABLE_ANYWHERE, ...SECURITY_HEADERS });

/**
 * Answers reads of previews that are held before the framework sees them: what is asked for often costs a few look-ups in memory and the writing of the
 * answer, and where memory has nothing a look at the lower tiers. It refuses nobody and fails nobody: whatever isn't such a read goes on to the route, untouched and uncounted. Roles, counting and the response are the
 * route's own functions, and what a request means was learned from it (`KnownReads`).
 */
@Injectable()
export class HotLane {
  private readonly required: RequiredRole | undefined;

  constructor(
    private readonly known: KnownReads,
    access: AccessGuard,
    private readonly doorkeeper: Doorkeeper,
    private readonly addresses: CallerAddresses,
    private readonly reader: PreviewReader,
    private readonly responses: PreviewResponses,
    private readonly meter: RequestMeter,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.required = access.declaredBy(PreviewsController, 'read');
  }

  /** For a request that has just arrived. */
  enter(request: LaneRequest): Exchange {
    return { request, id: requestIdOf(request.headers), startedAt: performance.now() };
  }

  /** @returns the answer, which has been counted and is to be sent; a read to look for further down; undefined for all that is the route's. Never throws. */
  tryAtHand(exchange: Exchange): PreviewResponse | AdmittedRead | undefined {
    try {
      return this.answerAtHand(exchange);
    } catch (error) {
      return this.leave(error);
    }
  }

  /** @returns as `tryAtHand`, after a look at the lower tiers. Never rejects. */
  async tryBelow(admitted: AdmittedRead, exchange: Exchange): Promise<PreviewResponse | undefined> {
    try {
      const { read } = admitted;
      const look = this.reader.readBelow(read.page, this.askingOf(admitted, exchange));
      const answer = await look.catch(() => undefined); // where the store fails, too, the route says so
      return answer && this.respond(answer, admitted, exchange, this.clock.now());
    } catch (error) {
      return this.leave(error);
    }
  }

  /** A fault of ours is left to the route, which has its way to say what went wrong. */
  private leave(error: unknown): undefined {
    this.logger.error('the hot lane failed', error);
  }

  private answerAtHand(exchange: Exchange): PreviewResponse | AdmittedRead | undefined {
    const admitted = this.readOf(exchange.request);
    if (admitted === undefined) return undefined;
    const { read } = admitted;
    const now = this.clock.now();
    const answer = this.reader.readAtHand(read.page, this.askingOf(admitted, exchange), now);
    if (answer !== undefined) return this.respond(answer, admitted, exchange, now);
    return this.isBelow(read) ? admitted : undefined;
  }

  /** Whether to look further down. Colours are likely to be lacking in what is found there, and the route would have to find it again. */
  private isBelow({ page, projection }: PlainRead): boolean {
    return !projection.palette && !this.reader.holds(page);
  }

  /** What a request is for; undefined where that isn't ours to answer. */
  private readOf(request: LaneRequest): AdmittedRead | undefined {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const read = this.known.find(request.url ?? '');
    if (read === undefined || lacksHost(request)) return undefined;
    // Where it goes on to the route after all, that isn't counted again.
    const admission = this.doorkeeper.admitAtHand(request, this.required);
    return admission && { read, limit: admission.limit, askedBy: admission.holder.name };
  }

  private askingOf({ read, askedBy }: AdmittedRead, { request, id }: Exchange) {
    const { limits, projection } = read;
    return { limits, projection, caller: this.addresses.of(request), askedBy, requestId: id };
  }

  private respond(
    answer: PreviewAnswer,
    { read, limit }: AdmittedRead,
    { request, id, startedAt }: Exchange,
    now: number,
  ): PreviewResponse {
    const { status, shared, headers, body } = this.responses.respond(answer, read, request.headers, now);
    headers.push('x-request-id', id);
    const ms = performance.now() - startedAt;
    headers.push('x-response-time', responseTime(ms));
    this.meter.read(answer, ms);
    this.meter.answeredByLane(id, request.method!, status, ms);
    const ofLimit = limit === UNLIMITED ? '' : rateLimitText(limit);
    return { status, shared: ON_ALL + shared + ofLimit, headers, body };
  }
}

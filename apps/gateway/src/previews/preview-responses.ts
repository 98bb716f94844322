import { Inject, Injectable } from '@nestjs/common';
import type { CallerLimits, Projection } from '#libs/preview';
import {
  CACHE_HEADER_OPTIONS,
  CACHE_TTL,
  type CacheHeaderOptions,
  cacheTtl,
  fixedHeaders,
  movingHeaders,
  sameUntil,
} from './cache-headers.js';
import type { Representation } from './encoded-body.js';
import { EncodedPreviews } from './encoded-previews.js';
import { type HeaderText, headerText } from './header-text.js';
import { matchesETag } from './if-none-match.js';
import type { PreviewAnswer } from './preview-answer.js';
import { type MovingHeaders, ResponseHead } from './response-head.js';

/** What a caller asked to see, and under which conditions. */
export interface ResponseWishes {
  readonly limits: CallerLimits;
  readonly projection: Projection;
}

/** Those of a request's headers that choose among representations. */
export interface Preconditions {
  readonly 'accept-encoding'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** An answer in terms of HTTP. */
export interface PreviewResponse {
  readonly status: 200 | 304;
  /** What other answers of the same second say, too. */
  readonly shared: HeaderText;
  /** What this one says: names and values in turns, as Node takes them; the caller's to add to. */
  readonly headers: string[];
  /** A character a byte; absent where the caller holds these bytes already. */
  readonly body: string | undefined;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** Makes answers into responses: the same for whoever sends them. */
@Injectable()
export class PreviewResponses {
  constructor(
    private readonly encoded: EncodedPreviews,
    @Inject(CACHE_HEADER_OPTIONS) private readonly options: CacheHeaderOptions,
  ) {}

  /** @throws {OriginFailed} when the copy says how a scrape failed */
  respond(
    answer: PreviewAnswer,
    { limits, projection }: ResponseWishes,
    conditions: Preconditions,
    now: number,
  ): PreviewResponse {
    const representation = this.encoded
      .encode(answer.copy, projection, now)
      .in(conditions['accept-encoding']);
    const head = this.headOf(answer, limits, representation, now);
    const status = matchesETag(conditions['if-none-match'], representation.etag) ? 304 : 200;
    const shared = head.of(status);
    const headers = [CACHE_TTL, cacheTtl(answer.copy, now)];
    if (status === 304) return { status, shared, headers, body: undefined };
    const { text } = representation;
    headers.push('content-length', String(text.length)); // Node goes by it
    return { status, shared, headers, body: text };
  }

  /** What the headers of an answer say of it, be it a preview or a failure. */
  headersOf(answer: PreviewAnswer, limits: CallerLimits, now: number): Record<string, string> {
    return {
      ...movingHeaders(answer, now, limits, this.options),
      ...fixedHeaders(answer, this.options),
      [CACHE_TTL]: cacheTtl(answer.copy, now),
    };
  }

  private headOf(
    answer: PreviewAnswer,
    limits: CallerLimits,
    representation: Representation,
    now: number,
  ): ResponseHead {
    const { ttlMs, staleTtlMs } = limits;
    const isPlain = answer.kind === 'hit' && ttlMs === undefined && staleTtlMs === undefined;
    if (!isPlain || answer.isPassing) return this.newHead(answer, limits, representation, now);
    const { head } = representation;
    if (!head?.isOf(answer)) return (representation.head = this.newHead(answer, limits, representation, now));
    if (!head.isCurrent(now)) head.renew(this.moving(answer, limits, now));
    return head;
  }

  private newHead(
    answer: PreviewAnswer,
    limits: CallerLimits,
    { coding, etag }: Representation,
    now: number,
  ): ResponseHead {
    const of304 = headerText({ ...fixedHeaders(answer, this.options), etag });
    const ofBody = coding === 'identity' ? JSON_TYPE : { ...JSON_TYPE, 'content-encoding': coding };
    const fixed = { 200: of304 + headerText(ofBody), 304: of304 };
    return new ResponseHead(answer, fixed, this.moving(answer, limits, now));
  }

  private moving(answer: PreviewAnswer, limits: CallerLimits, now: number): MovingHeaders {
    const text = headerText(movingHeaders(answer, now, limits, this.options));
    return { text, from: now, until: sameUntil(answer.copy, now) };
  }
}

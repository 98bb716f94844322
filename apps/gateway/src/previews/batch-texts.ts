import { Injectable } from '@nestjs/common';
import { Clock, type Projection } from '#libs/preview';
import { Logger } from '#libs/telemetry';
import { problemOf } from '../problem.filter.js';
import type { BatchAnswer } from './batch-reader.js';
import { cacheStatus } from './cache-headers.js';
import { EncodedPreviews } from './encoded-previews.js';
import { pendingBody } from './pending-body.js';

/** Whom answers are for. */
export interface BatchReaderSide {
  readonly projection: Projection;
  /** The request's. */
  readonly id: string;
}

/**
 * Answers of a batch as JSON, a character a byte: what a read of the URL alone would have had for a body, and before it the URL, its place in the list,
 * `httpStatus` and `cacheStatus`. The bodies of previews are copied as they are held.
 */
@Injectable()
export class BatchTexts {
  constructor(
    private readonly encoded: EncodedPreviews,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never throws. */
  textOf(answer: BatchAnswer, side: BatchReaderSide): string {
    try {
      return this.successText(answer, side);
    } catch (error) {
      return this.problemText(answer, error, side);
    }
  }

  private successText(answer: BatchAnswer, { projection }: BatchReaderSide): string {
    const { result } = answer;
    if (result.kind === 'failed') throw result.error;
    if (result.kind === 'pending') {
      const head = headOf(answer, 202, 'MISS');
      return joined(head, JSON.stringify(pendingBody(result)));
    }
    const { text } = this.encoded.encode(result.copy, projection, this.clock.now()).in(undefined);
    return joined(headOf(answer, 200, cacheStatus(result)), text);
  }

  private problemText(answer: BatchAnswer, error: unknown, { id }: BatchReaderSide): string {
    const { statusCode, body } = problemOf(error, answer.url, id);
    if (body.status === 'error') this.logger.error(`${body.code} in a batch`, { id, err: error });
    const { kind } = answer.result;
    const { url: _, ...rest } = body; // the head has it as the caller wrote it
    const status = kind === 'failed' || kind === 'pending' ? 'MISS' : cacheStatus({ kind });
    return joined(headOf(answer, statusCode, status), bytesOf(JSON.stringify(rest)));
  }
}

function headOf({ index, url }: BatchAnswer, httpStatus: number, cached: string): string {
  return bytesOf(JSON.stringify({ index, url, httpStatus, cacheStatus: cached }));
}

/** One object of two, none of which is empty. */
function joined(head: string, body: string): string {
  return `${head.slice(0, -1)},${body.slice(1)}`;
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

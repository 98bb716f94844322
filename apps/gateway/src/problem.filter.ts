import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, PreviewError } from '#libs/preview';
import { Logger } from '#libs/telemetry';
import { READABLE_ANYWHERE } from './cors.js';
import { OriginFailed } from './previews/origin-failed.js';

interface Problem {
  readonly statusCode: number;
  /** Whose fault: `fail` is the caller's (or the link's), `error` is ours. */
  readonly status: 'fail' | 'error';
  /** What to expect of asking again. */
  readonly more: string;
}

const NEVER = 'Asking the same again gives the same answer.';
const LATER = 'It may be different when the origin is asked again.';
const AGAIN = 'Asking the same again can succeed; Retry-After says when.';

/** The contract's closed table: each code with its HTTP status. */
const PROBLEMS: Readonly<Record<ErrorCode, Problem>> = {
  EINVALURL: { statusCode: 400, status: 'fail', more: NEVER },
  EINVALTTL: { statusCode: 400, status: 'fail', more: NEVER },
  EINVALSTTL: { statusCode: 400, status: 'fail', more: NEVER },
  EINVALDATA: { statusCode: 400, status: 'fail', more: NEVER },
  EBODY: { statusCode: 400, status: 'fail', more: NEVER },
  EFORBIDDENURL: { statusCode: 403, status: 'fail', more: NEVER },
  EAUTH: { statusCode: 401, status: 'fail', more: NEVER },
  EFORBIDDEN: { statusCode: 403, status: 'fail', more: NEVER },
  EUNREACHABLE: { statusCode: 422, status: 'fail', more: LATER },
  EORIGINTIMEOUT: { statusCode: 422, status: 'fail', more: LATER },
  ENOTFOUND: { statusCode: 404, status: 'fail', more: LATER },
  EORIGINSTATUS: { statusCode: 422, status: 'fail', more: LATER },
  EMAXREDIRECTS: { statusCode: 422, status: 'fail', more: LATER },
  ETOOLARGE: { statusCode: 422, status: 'fail', more: LATER },
  ENOTPREVIEWABLE: { statusCode: 422, status: 'fail', more: LATER },
  EDECODE: { statusCode: 422, status: 'fail', more: LATER },
  ETIMEOUT: { statusCode: 504, status: 'error', more: AGAIN },
  EBUSY: { statusCode: 503, status: 'error', more: AGAIN },
  EUNAVAILABLE: { statusCode: 503, status: 'error', more: AGAIN },
  ENOROUTE: { statusCode: 404, status: 'fail', more: NEVER },
  EMETHOD: { statusCode: 405, status: 'fail', more: NEVER },
  ETOOLARGEBODY: { statusCode: 413, status: 'fail', more: NEVER },
  EFATAL: { statusCode: 500, status: 'error', more: 'The id finds the cause in the logs.' },
};

/** Pause that is asked of a caller who may come again, in seconds. */
const RETRY_AFTER_S = 5;

/** Every error that leaves the gateway leaves through here, in the contract's shape: clients crash on any other. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for what fails before Nest sees the request: a URL that the router can't decode, a body that is too large. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { code, message } = named(error);
    const { statusCode, status, more } = PROBLEMS[code];
    if (status === 'error')
      this.logger.error(`${code} on ${request.method} ${request.url}`, { id: request.id, err: error });
    // What the answer's headers already said of caching goes for the preview that there isn't.
    for (const name of ['x-accel-expires', 'cache-tag', 'surrogate-key', 'age']) reply.removeHeader(name);
    reply.header('cache-control', 'no-store');
    reply.header('x-request-id', request.id); // the router's own errors come by no hook that sets it
    // Fastify would hang up, and who is still sending would hear that instead of this. The rest is read and thrown away, for as long as a request may take to arrive.
    if (code === 'ETOOLARGEBODY') reply.removeHeader('connection');
    if (more === AGAIN) reply.header('retry-after', RETRY_AFTER_S);
    reply
      .status(statusCode)
      .header('content-type', 'application/json; charset=utf-8')
      .send({
        status,
        code,
        message,
        more,
        url: error instanceof OriginFailed ? error.url : request.url,
        id: request.id,
        data: error instanceof OriginFailed ? { statusCode: error.failure.statusCode } : {},
      });
  }
}

/** For what isn't even HTTP, or too much of it: there is no request to answer, only a socket. */
export function rawProblem(error: { readonly code?: string }): string {
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const [code, message] = isTooLong
    ? (['EINVALURL', 'The URL or the headers are too long.'] as const)
    : (['EBODY', 'The request can not be read.'] as const);
  const { status, more } = PROBLEMS[code];
  const id = randomUUID();
  const body = JSON.stringify({ status, code, message, more, url: '', id, data: {} });
  return [
    `HTTP/1.1 ${isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request'}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    ...Object.entries(READABLE_ANYWHERE).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function named(error: unknown): { code: ErrorCode; message: string } {
  if (error instanceof PreviewError) return error;
  switch (statusOf(error)) {
    case 400:
      return { code: 'EBODY', message: 'The request can not be read.' };
    case 404:
      return { code: 'ENOROUTE', message: 'There is no such route.' };
    case 405:
      return { code: 'EMETHOD', message: 'The route does not have this method.' };
    case 413:
      return { code: 'ETOOLARGEBODY', message: 'The request body is too large.' };
    case 414:
      return { code: 'EINVALURL', message: 'The URL is too long.' };
    case 415:
      return { code: 'EBODY', message: 'The request body must be JSON.' };
    default:
      return { code: 'EFATAL', message: 'Something went wrong here.' };
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

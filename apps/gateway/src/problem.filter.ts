import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, PreviewError } from '#libs/preview';
import { Logger } from '#libs/telemetry';
import { RateLimited } from './limits/rate-limited.js';
import type { RequestMeter } from './metrics/request-meter.js';
import { OriginFailed } from './previews/origin-failed.js';
import { AGAIN, PROBLEMS } from './problems.js';

/** Pause that is asked of a caller who may come again, in seconds, where nobody knows better. */
const RETRY_AFTER_S = 5;

/** Every error that leaves the gateway leaves through here, in the contract's shape: clients crash on any other. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly meter: Pick<RequestMeter, 'failed'>,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for what fails before Nest sees the request: a URL that the router can't decode, a body that is too large. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { statusCode, body } = problemOf(error, request.url, request.id);
    const { code, status, more } = body;
    this.meter.failed(code);
    if (status === 'error')
      this.logger.error(`${code} on ${request.method} ${request.url}`, { requestId: request.id, err: error });
    // What the answer's headers already said of caching goes for the preview that there isn't.
    for (const name of ['x-accel-expires', 'cache-tag', 'surrogate-key', 'age']) reply.removeHeader(name);
    reply.header('cache-control', 'no-store');
    reply.header('x-request-id', request.id); // the router's own errors come by no hook that sets it
    // Fastify would hang up, and who is still sending would hear that instead of this. The rest is read and thrown away, for as long as a request may take to arrive.
    if (code === 'ETOOLARGEBODY') reply.removeHeader('connection');
    if (more === AGAIN)
      reply.header('retry-after', error instanceof RateLimited ? error.retryAfterS : RETRY_AFTER_S);
    reply.status(statusCode).header('content-type', 'application/json; charset=utf-8').send(body);
  }
}

/** An error in the contract's shape, with its HTTP status. @param id finds the cause in the logs */
export function problemOf(error: unknown, url: string, id: string) {
  const { code, message } = named(error);
  const { statusCode, status, more } = PROBLEMS[code];
  const body = {
    status,
    code,
    message,
    more,
    url: error instanceof OriginFailed ? error.url : url,
    id,
    data: error instanceof OriginFailed ? { statusCode: error.failure.statusCode } : {},
  };
  return { statusCode, body };
}

/** What is wrong with a request that can't be read, by Fastify's codes. */
const UNREADABLE: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The path can not be decoded.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request body is empty, and must be JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The request body is no JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The request body is not as long as Content-Length says.',
};

function named(error: unknown): { code: ErrorCode; message: string } {
  if (error instanceof PreviewError) return error;
  switch (statusOf(error)) {
    case 400:
      return { code: 'EBODY', message: UNREADABLE[codeOf(error)] ?? 'The request can not be read.' };
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

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

import { NotFoundException } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PreviewError } from '#libs/preview';
import { BODY_LIMIT, requestBodyOf } from './access/request-body.js';
import { requestIdOf, responseTime } from './answer-headers.js';
import { BOARD_PATH } from './board/queue-board.js';
import { allowCrossOrigin, READABLE_ANYWHERE } from './cors.js';
import type { RequestMeter } from './metrics/request-meter.js';
import { DOCS_PATH } from './openapi/openapi.controller.js';
import { repeatsHost, lacksHost } from './host-header.js';
import { hangUp, NO_TUNNEL, rawAnswer, rawProblem } from './raw-problem.js';
import { SECURITY_HEADERS, setSecurityHeaders } from './security-headers.js';

/** Where pages for people lie. */
const PAGES = [BOARD_PATH, DOCS_PATH];

/** How long a request may take to arrive, in ms; answering it may take longer. */
const ARRIVAL_MS = 30_000;

/** Answers what fails before any filter of Nest's: a URL that can't be decoded, a body that is too large. */
type RouterErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** The HTTP side of a gateway before Nest puts routes on it: limits, request ids and timing. */
export function httpServer(onRouterError: RouterErrorHandler, meter: RequestMeter): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: (request: FastifyRequest['raw']) => requestIdOf(request.headers),
    bodyLimit: BODY_LIMIT,
    // It is called before any hook, and a page of another site has to read what it says, too.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      onRouterError(error, request, reply.headers({ ...READABLE_ANYWHERE, ...SECURITY_HEADERS })),
    clientErrorHandler: (error, socket) => hangUp(socket, rawProblem(error)),
    return503OnClosing: false, // whoever comes over an old connection is still answered: see Draining
    http: {
      requireHostHeader: false, // Node would say so without a word of the contract: `refuseUnclearHost` does
      connectionsCheckingInterval: 5_000, // how late a timeout may be
      requestTimeout: ARRIVAL_MS, // Fastify sets it too late for the time of the headers to follow it, and Node waits for the longer of the two
    },
    requestTimeout: ARRIVAL_MS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const { server } = fastify;
  server.maxHeadersCount = 0; // no line is left out: the length of all is bounded
  server.on('connect', (_request, socket) => hangUp(socket, rawAnswer(NO_TUNNEL)));
  fastify.removeContentTypeParser('text/plain'); // a body that isn't said to be JSON is told so
  takeAnyExpectation(server);
  ignoreBodiesOfOtherMethods(fastify);
  allowCrossOrigin(fastify, PAGES);
  setSecurityHeaders(fastify, PAGES);
  fastify.addHook('onRoute', (route) => {
    // Nest sets its handler after its routes, too late for what fails before a route's own code: a body that can't be read.
    if (route.prefix === '') route.errorHandler ??= onRouterError;
    if (route.method === 'HEAD') route.onSend = [route.onSend ?? [], withoutLengthOf304].flat();
    const { maxBytes } = requestBodyOf(route.config) ?? {};
    if (maxBytes !== undefined) route.bodyLimit = maxBytes;
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  fastify.addHook('onRequest', refuseUnclearHost);
  // Before its body is read, and after who asks was looked at, where a plugin has that done.
  fastify.addHook('preParsing', async (request) => {
    if (request.is404) throw new NotFoundException();
  });
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('x-response-time', responseTime(reply.elapsedTime));
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { id, method, routeOptions } = request;
    const [route, status, ms] = [routeOptions.url, reply.statusCode, reply.elapsedTime];
    meter.answered({ id, method, route, status, ms });
    done();
  });
  return adapter;
}

/** Node would refuse what it doesn't know (417) without a word of the contract; a server may as well pass over it (RFC 9110, section 10.1.1). */
function takeAnyExpectation(server: FastifyInstance['server']): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** No route of ours has a use for theirs (RFC 9110, section 9.3.5): they are passed over, whatever they say they are. */
function ignoreBodiesOfOtherMethods(fastify: FastifyInstance): void {
  for (const method of ['DELETE', 'OPTIONS'])
    fastify.addHttpMethod(method, { hasBody: false, overrideExisting: true });
}

/** A request of HTTP/1.1 says which host it means, and says it once, or is refused (RFC 9112, section 3.2). */
async function refuseUnclearHost({ raw }: FastifyRequest): Promise<void> {
  if (lacksHost(raw)) throw new PreviewError('EBODY', 'The request has no Host header.');
  if (repeatsHost(raw)) throw new PreviewError('EBODY', 'The request has more than one Host header.');
}

/** Fastify counts the bytes of an answer to HEAD, and a 304 has none; the length would be that of what the caller holds (RFC 9110, section 8.6). */
async function withoutLengthOf304(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (reply.statusCode === 304) reply.removeHeader('content-length');
}

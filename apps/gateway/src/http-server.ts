import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { largeBodyOf } from './access/large-body.js';
import { BOARD_PATH } from './board/queue-board.js';
import { allowCrossOrigin, READABLE_ANYWHERE } from './cors.js';
import { rawProblem } from './problem.filter.js';

/** Most bytes of a request body, but on a route that declares a larger one. */
const BODY_LIMIT = 1024 * 1024;

/** Answers what fails before any filter of Nest's: a URL that can't be decoded, a body that is too large. */
type RouterErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** The HTTP side of a gateway before Nest puts routes on it: limits, request ids and timing. */
export function httpServer(onRouterError: RouterErrorHandler): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    // It is called before any hook, and a page of another site has to read what it says, too.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      onRouterError(error, request, reply.headers(READABLE_ANYWHERE)),
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawProblem(error));
    },
    requestTimeout: 30_000, // for the request to arrive; answering may take longer
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  allowCrossOrigin(fastify, BOARD_PATH);
  fastify.addHook('onRoute', (route) => {
    // Nest sets its handler after its routes, too late for what fails before a route's own code: a body that can't be read.
    if (route.prefix === '') route.errorHandler ??= onRouterError;
    const largeBody = largeBodyOf(route.config);
    if (largeBody !== undefined) route.bodyLimit = largeBody.maxBytes;
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('x-response-time', `${reply.elapsedTime.toFixed(1)}ms`);
  });
  return adapter;
}

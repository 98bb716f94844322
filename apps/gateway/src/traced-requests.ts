import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { standBefore } from './stand-before.js';

type Exchange = [request: FastifyRequest['raw'], response: FastifyReply['raw']];

/**
 * Has each request be a span, whoever answers it: the hot lane or a route. What is begun for it, jobs above all, is in its trace; a caller's own trace goes on. Its path
 * is no part of it, which has other people's secrets in it. Call it once, after whatever stands before the router.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const tracer = trace.getTracer('warmlink');
  const answer = standBefore<Exchange>(fastify.server, 'request', (request, response) => {
    const parent = propagation.extract(context.active(), request.headers);
    const attributes = { 'http.request.method': request.method };
    const span = tracer.startSpan(request.method ?? '', { kind: SpanKind.SERVER, attributes }, parent);
    response.once('close', () => {
      const status = response.statusCode;
      span.setAttribute('http.response.status_code', status);
      span.setAttribute('warmlink.request_id', String(response.getHeader('x-request-id') ?? ''));
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(parent, span), () => answer(request, response));
  });
}

/** Names spans after the routes that they come to; those of the hot lane keep their method's. */
export function nameSpansByRoute(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    trace.getActiveSpan()?.updateName(`${request.method} ${route}`).setAttribute('http.route', route);
    done();
  });
}

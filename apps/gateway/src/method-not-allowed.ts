import { MethodNotAllowedException } from '@nestjs/common';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { sendPreflight } from './cors.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Has every route answer the methods that it lacks with 405 and `Allow`, where Fastify would say 404, as if the path didn't exist; and
 * OPTIONS with what a browser asks before it calls. Call `complete` once all routes are there.
 */
export function answerOtherMethods(fastify: FastifyInstance): { complete(): void } {
  const known = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method, prefix }) => {
    if (prefix !== '') return; // a plugin's own, with hooks of its own that a route from here would go round
    const methods = known.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    known.set(url, methods);
  });
  return {
    complete() {
      for (const [url, methods] of new Map(known)) {
        if (url.includes('*')) continue;
        const allow = [...methods].join(', ');
        const missing = METHODS.filter((method) => !methods.has(method));
        fastify.route({
          url,
          method: 'OPTIONS',
          handler: (request, reply) => sendPreflight(request, reply, allow),
        });
        fastify.route({
          url,
          method: missing,
          // Before the body is read: it doesn't matter what it says.
          onRequest: async (_request, reply) => {
            reply.header('allow', allow);
            throw new MethodNotAllowedException();
          },
          handler: () => undefined,
        });
      }
    },
  };
}

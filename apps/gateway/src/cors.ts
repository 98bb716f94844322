import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isBelow } from './page-paths.js';

/** What a page of any site may read of an answer, beside its body. */
const EXPOSED = [
  'x-request-id',
  'x-cache-status',
  'x-cache-ttl',
  'x-response-time',
  'x-rate-limit-limit',
  'x-rate-limit-remaining',
  'x-rate-limit-reset',
].join(', ');

/** The headers by which a page of any site may read an answer. */
export const READABLE_ANYWHERE = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED,
};

/** What it may send. A prefix can't be named to a browser, so each name that is asked for is judged. */
const ALLOWED = /^(x-api-key|user-agent|content-type|x-api-header-[a-z0-9-]+)$/;

/** Browsers may call the API from any site: previews are public, and no cookie gives anyone more. Pages for people are left out. */
export function allowCrossOrigin(fastify: FastifyInstance, except: readonly string[]): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (isBelow(except, request.routeOptions.url)) return;
    reply.headers(READABLE_ANYWHERE);
  });
}

/** Answers a preflight for a route with these methods. */
export function sendPreflight(request: FastifyRequest, reply: FastifyReply, methods: string): void {
  const asked = (request.headers['access-control-request-headers'] ?? '').toLowerCase().split(/\s*,\s*/);
  const allowed = asked.filter((name) => ALLOWED.test(name));
  reply
    .status(204)
    .header('access-control-allow-methods', methods)
    .header(
      'access-control-allow-headers',
      allowed.length > 0 ? allowed.join(', ') : 'x-api-key, user-agent, content-type',
    )
    .header('access-control-max-age', '86400')
    .header('allow', methods)
    .send();
}

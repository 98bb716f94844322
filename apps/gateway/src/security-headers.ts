import type { FastifyInstance } from 'fastify';
import { isBelow } from './page-paths.js';

/** On every answer: a browser takes it for what it says it is, and for nothing that it could be, too. */
export const SECURITY_HEADERS = { 'x-content-type-options': 'nosniff' };

/**
 * On pages for people, beside those: nothing runs, loads or is sent anywhere that doesn't come from here, no other page may hold them in a frame, and where a link leads hears nothing of
 * where it stood. HSTS is for whoever has the certificate: here there is none.
 */
const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Sets them, those for pages below these paths. */
export function setSecurityHeaders(fastify: FastifyInstance, pages: readonly string[]): void {
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (isBelow(pages, request.routeOptions.url)) reply.headers(PAGE_HEADERS);
  });
}

import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** What a caller, or a proxy, may call a request: short, and harmless wherever it is written. */
const REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** Names a request in its answer, in the logs, and in the jobs that are begun for it: as its caller does, if he does. */
export function requestIdOf({ 'x-request-id': given }: FastifyRequest['raw']['headers']): string {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** How long an answer took, as `x-response-time` has it. */
export function responseTime(ms: number): string {
  return `${ms.toFixed(1)}ms`;
}

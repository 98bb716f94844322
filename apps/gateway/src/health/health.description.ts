import { z } from 'zod';
import type { RouteDescription } from '../openapi/route-description.js';

export const liveDescription: RouteDescription = {
  id: 'isLive',
  group: 'Operation',
  summary: 'Whether the process answers',
  answers: [{ status: 200, what: 'It does.', schema: z.object({ status: z.literal('live') }) }],
  examples: { live: { summary: 'It does', status: 200, answer: { status: 'live' } } },
};

const readiness = z.object({
  status: z.enum(['ready', 'degraded', 'unready', 'draining']),
  parts: z
    .object({ postgres: z.string(), cache: z.string(), queue: z.string() })
    .optional()
    .describe(
      'Each `up` or `down`; a queue that may lose jobs says so. Left out while the process is about to end.',
    ),
});

export const readyDescription: RouteDescription = {
  id: 'isReady',
  group: 'Operation',
  summary: 'Whether to send requests here',
  details: 'Degraded is not dead: with one store left a gateway answers what is known.',
  answers: [
    { status: 200, what: 'Send them.', schema: readiness },
    { status: 503, what: 'Send them elsewhere.', schema: readiness },
  ],
  examples: {
    ready: {
      summary: 'All is well',
      status: 200,
      answer: { status: 'ready', parts: { postgres: 'up', cache: 'up', queue: 'up' } },
    },
    degraded: {
      summary: 'Without the queue: what is known is answered',
      status: 200,
      answer: { status: 'degraded', parts: { postgres: 'up', cache: 'up', queue: 'down' } },
    },
    unready: {
      summary: 'Without any store',
      status: 503,
      answer: { status: 'unready', parts: { postgres: 'down', cache: 'down', queue: 'down' } },
    },
  },
};

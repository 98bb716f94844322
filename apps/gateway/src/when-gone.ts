import type { FastifyReply, FastifyRequest } from 'fastify';

/** Aborted when an answer has been sent, or will never be as its caller hung up: whichever it is, nothing is to be done for him any more. */
export function whenGone(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (request.raw.socket.destroyed) gone.abort();
  else reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

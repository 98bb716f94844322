import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';

/** What a bare server answers, whatever it is asked. */
export interface BareAnswer {
  readonly kind: 'node' | 'fastify';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const { kind, headers, body } = JSON.parse(process.argv[2] ?? '{}') as BareAnswer;

// Texts go out in one write with their heads; bytes would be a second piece, which costs each of them 4 % or more.
if (kind === 'node') {
  const flat = Object.entries(headers).flat();
  const server = createServer((_request, response) => response.writeHead(200, flat).end(body));
  server.keepAliveTimeout = 72_000; // as Fastify's
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
} else {
  const server = fastify();
  const answer = { ...headers };
  delete answer['content-length']; // Fastify counts for itself
  server.get('/v1/preview', (_request, reply) => reply.headers(answer).send(body));
  await server.listen({ port: 0, host: '127.0.0.1' });
  process.send?.((server.server.address() as AddressInfo).port);
}
process.once('disconnect', () => process.exit());

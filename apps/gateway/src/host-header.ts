import type { FastifyRequest } from 'fastify';

/** Whether a request lacks a header that HTTP/1.1 demands of it. */
export function lacksHost({
  httpVersion,
  headers,
}: Pick<FastifyRequest['raw'], 'httpVersion' | 'headers'>): boolean {
  return headers.host === undefined && httpVersion === '1.1';
}

/** Whether a request names its host more than once: of which Node keeps the first, and whoever stands in front may have meant the last. */
export function repeatsHost({ rawHeaders }: Pick<FastifyRequest['raw'], 'rawHeaders'>): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

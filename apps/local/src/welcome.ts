import type { LocalStack } from './local-stack.js';

/** What a person wants to know once everything is up. */
export function welcome({ host, port, operatorToken, writerToken }: LocalStack): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const base = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
  return `
  Warmlink is up.

  API         ${base}/v1/preview?url=…   (reading needs no key here; ANONYMOUS_READ=false changes that)
  Bull Board  ${base}/queues   user: operator   password: ${operatorToken}
  Try it      curl '${base}/v1/preview?url=https://example.com'
  Warm ahead  curl -H 'x-api-key: ${writerToken}' -H 'content-type: application/json' -d '{"urls":["https://example.com"]}' ${base}/v1/warm

  Ctrl-C stops everything. Data stays in ./.warmlink
`;
}

import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '#libs/preview';
import { READABLE_ANYWHERE } from './cors.js';
import { PROBLEMS } from './problems.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** An answer to what never becomes a request: its status line, and its problem by the contract. */
type Refusal = readonly [statusLine: string, code: ErrorCode, message: string];

const UNREADABLE: Refusal = ['400 Bad Request', 'EBODY', 'The request can not be read.'];

/** By Node's codes. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'EBODY', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'EINVALURL',
    'The URL or the headers are too long.',
  ],
};

/** For what isn't even HTTP, or too much of it, or too slow: there is no request to answer, only a socket. */
export function rawProblem(error: { readonly code?: string }): string {
  return rawAnswer(REFUSALS[error.code ?? ''] ?? UNREADABLE);
}

/** For who takes this for a proxy (CONNECT), which Node would hang up on without a word. */
export const NO_TUNNEL: Refusal = ['501 Not Implemented', 'EMETHOD', 'There are no tunnels through here.'];

/** How long is waited, in ms, for who hears the last word over his connection to end it himself. */
const LINGER_MS = 1_000;

/**
 * Says the last word over a connection that Node's HTTP has let go of, and ends it. What still comes is read for a moment and thrown away: a reset would overtake the answer (RFC 9112, section 9.6).
 */
export function hangUp(connection: Duplex, answer: string): void {
  connection.on('error', () => undefined).resume(); // nobody else listens any more
  if (connection.writable) connection.end(answer);
  const timer = setTimeout(() => connection.destroy(), LINGER_MS).unref();
  connection.once('close', () => clearTimeout(timer));
}

/** A whole answer, after which the connection ends. */
export function rawAnswer([statusLine, code, message]: Refusal): string {
  const { status, more } = PROBLEMS[code];
  const id = randomUUID();
  const body = JSON.stringify({ status, code, message, more, url: '', id, data: {} });
  return [
    `HTTP/1.1 ${statusLine}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    ...Object.entries({ ...READABLE_ANYWHERE, ...SECURITY_HEADERS }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

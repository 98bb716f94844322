import type { LaneRequest } from './hot-lane.js';

/** A request that came as one piece, and needs nothing of its connection but an answer. */
export interface WholeRequest extends LaneRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
}

/** Longest head that is looked at, in bytes: Node's own bound, beyond which it answers 431. */
const MOST_BYTES = 16 * 1024;

const END = '\r\n\r\n';

const VERSION = ' HTTP/1.1';

/** A target in origin form (RFC 9112, section 3.2.1). */
const TARGET = /^\/[!-~]*$/;

/** Fields of RFC 9110, section 5, each on one line: a token, a colon, and no control character but a tab. */
const FIELDS = /^(?:[\w!#$%&'*+.^`|~-]+:[\t -~\x80-\xff]*\r\n)+\r\n$/;

/** What has a say in where a message ends, or in what becomes of its connection. */
const OF_THE_MESSAGE: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'trailer',
  'te',
  'expect',
  'upgrade',
  'connection',
  'keep-alive',
  'proxy-connection',
  'http2-settings',
]);

/**
 * Reads requests of one connection off the wire where there is nothing to decide: GET or HEAD, one whole head of HTTP/1.1 (RFC 9112) in one piece, with nothing after it, no field twice and none that has a say in
 * the framing or in the connection, but for the usual `Connection: keep-alive`. All else is for a parser that knows the protocol whole; so there is nothing here that it could read otherwise.
 */
export class WholeRequests {
  /** Most callers say the same of themselves in each of their requests. */
  private last: { readonly fields: string; readonly headers: Readonly<Record<string, string>> } | undefined;

  constructor(private readonly socket: LaneRequest['socket']) {}

  /** @returns undefined for all else */
  read(piece: Buffer): WholeRequest | undefined {
    if (piece.length > MOST_BYTES) return undefined;
    const text = piece.toString('latin1');
    if (text.indexOf(END) !== text.length - END.length) return undefined;
    const method = methodOf(text);
    if (method === undefined) return undefined;
    const endOfLine = text.indexOf('\r\n');
    const url = text.slice(method.length + 1, endOfLine - VERSION.length);
    if (!text.startsWith(VERSION, endOfLine - VERSION.length) || !TARGET.test(url)) return undefined;
    const headers = this.headersOf(text.slice(endOfLine + 2));
    return headers && { method, url, httpVersion: '1.1', headers, socket: this.socket };
  }

  private headersOf(fields: string): Readonly<Record<string, string>> | undefined {
    if (fields === this.last?.fields) return this.last.headers;
    const headers = FIELDS.test(fields) ? headersOf(fields) : undefined;
    if (headers !== undefined) this.last = { fields, headers };
    return headers;
  }
}

function methodOf(text: string): 'GET' | 'HEAD' | undefined {
  if (text.startsWith('GET ')) return 'GET';
  return text.startsWith('HEAD ') ? 'HEAD' : undefined;
}

function headersOf(fields: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (let at = 0; at < fields.length - 2;) {
    const colon = fields.indexOf(':', at);
    const end = fields.indexOf('\r\n', colon);
    const name = fields.slice(at, colon).toLowerCase();
    if (headers[name] !== undefined) return undefined; // that of every object counts as there already
    headers[name] = trimmed(fields, colon + 1, end);
    if (OF_THE_MESSAGE.has(name) && !isUsual(name, headers[name])) return undefined;
    at = end + 2;
  }
  return headers;
}

function isUsual(name: string, value: string): boolean {
  return name === 'connection' && value.toLowerCase() === 'keep-alive';
}

/** Without the spaces and tabs around it; `trim` takes away letters of Latin-1, too. */
function trimmed(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

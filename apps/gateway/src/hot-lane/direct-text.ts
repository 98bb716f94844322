import type { PreviewResponse } from '../previews/preview-responses.js';

const STATUS_LINE: Readonly<Record<PreviewResponse['status'], string>> = {
  200: 'HTTP/1.1 200 OK\r\n',
  304: 'HTTP/1.1 304 Not Modified\r\n',
};

/** `Date` counts seconds: written once in each. */
let date = { second: 0, line: '' };

/**
 * An answer as it goes over a connection of HTTP/1.1 that stays, with what Node would add.
 *
 * @param keepAliveMs how long the connection may be silent from now on
 * @returns a character a byte
 */
export function directText(
  { status, shared, headers, body = '' }: PreviewResponse,
  isHead: boolean,
  keepAliveMs: number,
): string {
  let text = STATUS_LINE[status];
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  const stays = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n`;
  return `${text}${dateLine(Date.now())}${stays}${shared}\r\n${isHead ? '' : body}`;
}

function dateLine(now: number): string {
  const second = Math.floor(now / 1_000);
  if (second !== date.second) date = { second, line: `Date: ${new Date(now).toUTCString()}\r\n` };
  return date.line;
}

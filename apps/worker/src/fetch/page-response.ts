import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Redirect, Validators } from '#libs/preview';
import { decodedText, decompressed } from './body-decoder.js';
import { bodyFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';

/** The origin says that the page is the one that its validators name (304). */
export interface UnchangedPage {
  readonly kind: 'unchanged';
}

/** A page that has begun to arrive. `text` can be read once, and left at any point. */
export interface FetchedPage {
  readonly kind: 'page';
  /** Where the page was found, after redirects: what relative URLs in it are relative to. */
  readonly finalUrl: string;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: readonly Redirect[];
  readonly validators: Validators | null;
  readonly text: AsyncIterable<string>;
}

/** How an answer was come by. */
export interface Arrival {
  readonly finalUrl: string;
  readonly redirects: readonly Redirect[];
  /** Whether the origin was asked for nothing but a change. */
  readonly conditional: boolean;
}

type Headers = Dispatcher.ResponseData['headers'];

const HTML_TYPES = /^(text\/html|application\/xhtml\+xml)\b/i;

/**
 * What an answer is: a page, the word that it is unchanged, or none.
 *
 * @param maxBytes most of the body that is read, after decompression
 * @throws {FetchFailed} with the contract's code where it is no page
 */
export function pageFrom(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { finalUrl, redirects, conditional }: Arrival,
  maxBytes: number,
): FetchedPage | UnchangedPage {
  if (statusCode === 304 && conditional) return { kind: 'unchanged' };
  const contentType = single(headers['content-type']);
  refuseWhatIsNoPage(statusCode, contentType, headers);
  const bytes = firstBytes(decompressed(body, single(headers['content-encoding'])), maxBytes);
  return {
    kind: 'page',
    finalUrl,
    statusCode,
    validators: validatorsOf(headers, finalUrl),
    headers: describingHeaders(headers),
    redirects,
    text: namingFaults(decodedText(bytes, contentType)),
  };
}

function refuseWhatIsNoPage(statusCode: number, contentType: string | undefined, headers: Headers): void {
  const answered = `The origin answered ${statusCode}`;
  if (statusCode === 404 || statusCode === 410)
    throw new FetchFailed('ENOTFOUND', `${answered}.`, { statusCode });
  if (statusCode === 204 || statusCode === 205) {
    throw new FetchFailed('ENOTPREVIEWABLE', `${answered}, without a page.`, { statusCode });
  }
  if (statusCode < 200 || statusCode >= 300) {
    const retryAfterMs = retryAfter(single(headers['retry-after']));
    throw new FetchFailed('EORIGINSTATUS', `${answered}.`, { statusCode, retryAfterMs });
  }
  if (contentType !== undefined && !HTML_TYPES.test(contentType)) {
    throw new FetchFailed('ENOTPREVIEWABLE', `The origin answered with ${mediaType(contentType)}.`, {
      statusCode,
    });
  }
}

/** Longest validator that is kept, in characters. */
const MAX_VALIDATOR = 512;

function validatorsOf(headers: Headers, url: string): Validators | null {
  const [etag = null, lastModified = null] = [single(headers.etag), single(headers['last-modified'])];
  if (etag === null && lastModified === null) return null;
  if ((etag ?? '').length > MAX_VALIDATOR || (lastModified ?? '').length > MAX_VALIDATOR) return null;
  return { url, etag, lastModified };
}

/** Retry-After in either form, seconds or a date (RFC 9110, section 10.2.3), in ms. */
function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

async function* namingFaults(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* pieces;
  } catch (error) {
    throw bodyFault(error);
  }
}

/** At most `maxBytes` of a stream, which is destroyed where reading ends. */
async function* firstBytes(stream: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let left = maxBytes;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) return;
    }
  } finally {
    stream.destroy();
  }
}

/** What the answer's `headers` show of the origin's: what describes the page, and no cookie or internals. */
const SHOWN_HEADERS = [
  'content-type',
  'content-language',
  'date',
  'last-modified',
  'etag',
  'cache-control',
  'server',
];

function describingHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => {
      const value = single(headers[name]);
      return value === undefined ? [] : [[name, value.slice(0, 256)]];
    }),
  );
}

/** The first of a header that came more than once. */
export function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().slice(0, 80);
}

import type { Dispatcher } from 'undici';
import type { Redirect, Validators } from '#libs/preview';
import { continued } from './body-decoder.js';
import { bodyFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';
import { essence, isHtmlType, mediaTypeOf, SNIFFED_BYTES } from './media-type.js';
import { pageBytes } from './page-bytes.js';
import { decodedText } from './page-text.js';

/** The origin says that the page is the one that its validators name (304). */
export interface UnchangedPage {
  readonly kind: 'unchanged';
}

/** What every page has, whatever it is made of. */
interface Found {
  /** Where the page was found, after redirects: what relative URLs in it are relative to. */
  readonly finalUrl: string;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: readonly Redirect[];
  readonly validators: Validators | null;
}

/** A page of HTML that has begun to arrive. `text` can be read once, and left at any point. */
export interface HtmlPage extends Found {
  readonly kind: 'html';
  readonly text: AsyncIterable<string>;
}

/** Something else than HTML, of which only the beginning was read. */
export interface OtherContent extends Found {
  readonly kind: 'content';
  /** What it is, by its bytes and by what was declared; in lower case, without parameters. */
  readonly mediaType: string;
  /** What was declared, parameters and all; null where nothing was. */
  readonly contentType: string | null;
  /** The file name that the origin proposes; null where it proposes none. */
  readonly fileName: string | null;
  /** Length of the whole in bytes; null where it isn't known. */
  readonly contentLength: number | null;
  /** At most 128 KiB, decompressed. */
  readonly firstBytes: Buffer;
}

export type FetchedPage = HtmlPage | OtherContent;

/** An answer that is no redirect, and how it was come by. */
export interface Answer {
  readonly kind: 'answer';
  readonly response: Dispatcher.ResponseData;
  readonly finalUrl: string;
  readonly redirects: readonly Redirect[];
  /** Whether the origin was asked for nothing but a change. */
  readonly conditional: boolean;
}

type Headers = Dispatcher.ResponseData['headers'];

/** How much is read of what is not HTML. Headers of pictures and the first pages of text lie within. */
const CONTENT_BYTES = 128 * 1024;

/**
 * What an answer is: a page, the word that it is unchanged, or none.
 *
 * @param maxBytes most of the body that is read, after decompression
 * @throws {FetchFailed} with the contract's code where it is no page
 */
export async function pageFrom(
  { response: { statusCode, headers, body }, finalUrl, redirects, conditional }: Answer,
  maxBytes: number,
): Promise<FetchedPage | UnchangedPage> {
  if (statusCode === 304 && conditional) return { kind: 'unchanged' };
  refuseWhatIsNoPage(statusCode, headers);
  const found: Found = {
    finalUrl,
    statusCode,
    validators: validatorsOf(headers, finalUrl),
    headers: describingHeaders(headers),
    redirects,
  };
  const contentType = single(headers['content-type']);
  const hints = {
    contentType,
    contentLanguage: single(headers['content-language']),
    host: new URL(finalUrl).hostname,
  };
  const htmlFrom = (bytes: AsyncIterable<Buffer>): HtmlPage => ({
    kind: 'html',
    ...found,
    text: namingFaults(decodedText(bytes, hints)),
  });

  const bytes = firstBytes(pageBytes(body, single(headers['content-encoding']), maxBytes), maxBytes);
  if (isHtmlType(essence(contentType))) return htmlFrom(bytes);
  const start = await beginning(bytes, SNIFFED_BYTES);
  const mediaType = mediaTypeOf(contentType, start);
  if (isHtmlType(mediaType)) return htmlFrom(continued(start, bytes));
  return {
    kind: 'content',
    ...found,
    mediaType,
    contentType: contentType ?? null,
    fileName: fileNameOf(single(headers['content-disposition'])),
    contentLength: lengthOf(headers),
    firstBytes: (await beginning(continued(start, bytes), CONTENT_BYTES)).subarray(0, CONTENT_BYTES),
  };
}

function refuseWhatIsNoPage(statusCode: number, headers: Headers): void {
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
}

/** The first bytes of a stream, `size` of them or a few more, or all; the stream goes on behind them. */
async function beginning(bytes: AsyncGenerator<Buffer>, size: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    while (length < size) {
      const { done, value } = await bytes.next();
      if (done === true) break;
      pieces.push(value);
      length += value.length;
    }
  } catch (error) {
    throw bodyFault(error);
  }
  return Buffer.concat(pieces);
}

/** What is said of the length counts compressed bytes, where they are compressed. */
function lengthOf(headers: Headers): number | null {
  const length = single(headers['content-length']);
  const isPlain = headers['content-encoding'] === undefined;
  return isPlain && /^\d{1,15}$/.test(length ?? '') ? Number(length) : null;
}

/** Of Content-Disposition, in both forms (RFC 6266), without a path. */
function fileNameOf(disposition: string | undefined): string | null {
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition ?? '')?.[1];
  const plain = /filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(disposition ?? '');
  const name = decoded(extended) ?? plain?.[1] ?? plain?.[2];
  return name?.split(/[\\/]/).at(-1) || null;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
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

/** Most bytes of a page at a time: what a page that waits for more has in V8's memory. One character of another alphabet doubles it, for its own piece alone. */
const PIECE_BYTES = 32 * 1024;

/** At most `maxBytes` of a body, piece by piece; it is closed where reading ends. */
async function* firstBytes(bytes: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let left = maxBytes;
  for await (const chunk of bytes) {
    for (let at = 0; at < Math.min(chunk.length, left); at += PIECE_BYTES)
      yield chunk.subarray(at, Math.min(at + PIECE_BYTES, left));
    left -= chunk.length;
    if (left <= 0) return;
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

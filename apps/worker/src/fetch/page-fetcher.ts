import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { parseUrl, type Redirect, type Validators } from '#libs/preview';
import { ACCEPTED_ENCODINGS, decodedText, decompressed } from './body-decoder.js';
import { bodyFault, connectionFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';

export interface PageFetcherOptions {
  /** The guarded way out. */
  readonly agent: Dispatcher;
  /** Most bytes of a body that are read, counted after decompression; what comes behind is not looked at. */
  readonly maxBytes: number;
  readonly userAgent: string;
}

/** What to ask for. */
export interface PageRequest {
  readonly url: string;
  /** From an earlier visit: the origin may say that nothing changed since. */
  readonly validators: Validators | null;
  /** The end of all patience, redirects and body included. */
  readonly signal: AbortSignal;
}

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

const MAX_REDIRECTS = 10;
const REDIRECT_BODY_BYTES = 64 * 1024;
const HTML_TYPES = /^(text\/html|application\/xhtml\+xml)\b/i;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** Fetches one page, safely: guarded at every hop, bounded in time and bytes. */
export class PageFetcher {
  constructor(private readonly options: PageFetcherOptions) {}

  /**
   * Follows a URL to its page and lets `read` have it. The connection ends with `read`, whatever is left of the body.
   *
   * @throws {FetchFailed} with the contract's code when the origin gives no page
   */
  async fetch<T>(wanted: PageRequest, read: (page: FetchedPage | UnchangedPage) => Promise<T>): Promise<T> {
    const { response, finalUrl, redirects } = await this.follow(wanted).catch((error: unknown) => {
      throw connectionFault(error);
    });
    try {
      // What `read` throws is its own fault; the origin's come out of `text` with their name.
      return await read(this.pageOf(response, finalUrl, redirects));
    } finally {
      response.body.destroy();
    }
  }

  private async follow({ url: start, validators, signal }: PageRequest) {
    const redirects: Redirect[] = [];
    let url = start;
    for (;;) {
      const response = await this.get(url, validators?.url === url ? validators : null, signal);
      if (!REDIRECT_STATUSES.has(response.statusCode)) return { response, finalUrl: url, redirects };
      await response.body.dump({ limit: REDIRECT_BODY_BYTES, signal }); // so that the connection can be used again
      redirects.push({ statusCode: response.statusCode, url });
      if (redirects.length > MAX_REDIRECTS) {
        throw new FetchFailed('EMAXREDIRECTS', `The origin redirects more than ${MAX_REDIRECTS} times.`);
      }
      url = redirectTarget(response, url);
    }
  }

  private async get(
    url: string,
    validators: Validators | null,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const response = await request(url, {
      dispatcher: this.options.agent,
      signal,
      headers: {
        'user-agent': this.options.userAgent,
        accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.1',
        'accept-encoding': ACCEPTED_ENCODINGS,
        'accept-language': 'en;q=0.8,*;q=0.5',
        ...conditions(validators),
      },
    });
    response.body.on('error', () => undefined); // whoever reads it meets the error there; when nobody does, it is none
    return response;
  }

  private pageOf(
    { statusCode, headers, body }: Dispatcher.ResponseData,
    finalUrl: string,
    redirects: readonly Redirect[],
  ): FetchedPage | UnchangedPage {
    if (statusCode === 304) return { kind: 'unchanged' };
    if (statusCode === 404 || statusCode === 410) {
      throw new FetchFailed('ENOTFOUND', `The origin answered ${statusCode}.`, { statusCode });
    }
    if (statusCode === 204 || statusCode === 205) {
      throw new FetchFailed('ENOTPREVIEWABLE', `The origin answered ${statusCode}, without a page.`, {
        statusCode,
      });
    }
    if (statusCode < 200 || statusCode >= 300) {
      const retryAfterMs = retryAfter(single(headers['retry-after']));
      throw new FetchFailed('EORIGINSTATUS', `The origin answered ${statusCode}.`, {
        statusCode,
        retryAfterMs,
      });
    }
    const contentType = single(headers['content-type']);
    if (contentType !== undefined && !HTML_TYPES.test(contentType)) {
      throw new FetchFailed('ENOTPREVIEWABLE', `The origin answered with ${mediaType(contentType)}.`, {
        statusCode,
      });
    }
    const bytes = firstBytes(decompressed(body, single(headers['content-encoding'])), this.options.maxBytes);
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
}

/** Longest validator that is kept, in characters. */
const MAX_VALIDATOR = 512;

function validatorsOf(headers: Dispatcher.ResponseData['headers'], url: string): Validators | null {
  const [etag = null, lastModified = null] = [single(headers.etag), single(headers['last-modified'])];
  if (etag === null && lastModified === null) return null;
  if ((etag ?? '').length > MAX_VALIDATOR || (lastModified ?? '').length > MAX_VALIDATOR) return null;
  return { url, etag, lastModified };
}

function conditions(validators: Validators | null): Record<string, string> {
  return {
    ...(validators?.etag && { 'if-none-match': validators.etag }),
    ...(validators?.lastModified && { 'if-modified-since': validators.lastModified }),
  };
}

/** Retry-After in either form, seconds or a date (RFC 9110, section 10.2.3), in ms. */
function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function redirectTarget(response: Dispatcher.ResponseData, from: string): string {
  const { statusCode } = response;
  // Header bytes arrive as Latin-1; those of a path that isn't ASCII are UTF-8 in practice.
  const location = Buffer.from(single(response.headers.location) ?? '', 'latin1').toString('utf8');
  const target = location === '' ? undefined : parseUrl(location, from);
  if (target === undefined) {
    throw new FetchFailed('EORIGINSTATUS', `The origin redirects (${statusCode}) to nowhere.`, {
      statusCode,
    });
  }
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new FetchFailed('EFORBIDDENURL', 'The origin redirects to a URL that is not http or https.');
  }
  target.username = '';
  target.password = '';
  target.hash = '';
  return target.href;
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

function describingHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => {
      const value = single(headers[name]);
      return value === undefined ? [] : [[name, value.slice(0, 256)]];
    }),
  );
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().slice(0, 80);
}

import type { Dispatcher } from 'undici';
import { parseUrl } from '#libs/preview';
import { ACCEPTED_ENCODINGS, decompressed } from './body-decoder.js';
import { bodyFault, connectionFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';
import { single } from './page-response.js';

export interface SmallFetcherOptions {
  /** The guarded way out, the same as for pages. */
  readonly agent: Dispatcher;
  readonly userAgent: string;
}

/** Something beside a page that is wanted, and at what price. */
export interface SmallRequest {
  readonly url: string;
  /** What it should be, as an Accept header. */
  readonly accept: string;
  /** Most bytes that are read, counted after decompression. */
  readonly maxBytes: number;
  /** Whether its beginning will do: then the rest isn't even asked for, where its host can do that (RFC 9110, section 14). */
  readonly isBeginningEnough?: boolean;
  /** The end of all patience, redirects and body included. */
  readonly signal: AbortSignal;
}

export interface SmallAnswer {
  readonly statusCode: number;
  /** After redirects. */
  readonly finalUrl: string;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** The first `maxBytes` at the most. */
  readonly bytes: Buffer;
  /** Whether there is more than these. */
  readonly isCut: boolean;
}

type Response = Dispatcher.ResponseData;

const MAX_REDIRECTS = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** Fetches what a page's preview gains by, and can do without: guarded at every hop, bounded in time and bytes, without second tries. */
export class SmallFetcher {
  constructor(private readonly options: SmallFetcherOptions) {}

  /** @throws {FetchFailed} when there is none, or whoever has it is too slow */
  async fetch(wanted: SmallRequest): Promise<SmallAnswer> {
    let url = wanted.url;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.get(url, wanted);
      try {
        const target = redirectTarget(response, url);
        if (target === undefined) return await answerOf(response, url, wanted.maxBytes);
        url = target;
      } finally {
        response.body.destroy();
      }
    }
    throw new FetchFailed('EMAXREDIRECTS', `The origin redirects more than ${MAX_REDIRECTS} times.`);
  }

  private async get(url: string, wanted: SmallRequest): Promise<Response> {
    const { accept, maxBytes, signal, isBeginningEnough = false } = wanted;
    const { agent, userAgent } = this.options;
    const { origin, pathname, search } = new URL(url);
    try {
      const response = await agent.request({
        origin,
        path: pathname + search,
        method: 'GET',
        headers: {
          'user-agent': userAgent,
          accept,
          // A part of what is compressed would be of no use, and its length would be another.
          ...(isBeginningEnough
            ? { range: `bytes=0-${maxBytes - 1}`, 'accept-encoding': 'identity' }
            : { 'accept-encoding': ACCEPTED_ENCODINGS }),
        },
        signal,
      });
      response.body.on('error', () => undefined); // whoever reads it meets the error there; when nobody does, it is none
      return response;
    } catch (error) {
      throw connectionFault(error);
    }
  }
}

function redirectTarget({ statusCode, headers }: Response, from: string): string | undefined {
  if (!REDIRECT_STATUSES.has(statusCode)) return undefined;
  const target = parseUrl(single(headers.location) ?? '', from);
  if (target === undefined || !/^https?:$/.test(target.protocol))
    throw new FetchFailed('EFORBIDDENURL', 'The origin redirects to a URL that is not http or https.');
  return target.href;
}

async function answerOf({ statusCode, headers, body }: Response, finalUrl: string, maxBytes: number) {
  if (statusCode < 200 || statusCode >= 300)
    throw new FetchFailed('EORIGINSTATUS', `The origin answered ${statusCode}.`, { statusCode });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const bytes: AsyncIterable<Buffer> = decompressed(body, single(headers['content-encoding']));
    for await (const chunk of bytes) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) break;
    }
  } catch (error) {
    throw bodyFault(error);
  }
  return {
    statusCode,
    finalUrl,
    headers,
    bytes: Buffer.concat(chunks).subarray(0, maxBytes),
    isCut: size > maxBytes,
  };
}

import { type Dispatcher, request } from 'undici';
import { parseUrl, type Redirect, type Validators } from '#libs/preview';
import { ACCEPTED_ENCODINGS } from './body-decoder.js';
import { connectionFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';
import { type FetchedPage, pageFrom, single, type UnchangedPage } from './page-response.js';

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

const MAX_REDIRECTS = 10;
const REDIRECT_BODY_BYTES = 64 * 1024;
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
    const { response, ...arrival } = await this.follow(wanted).catch((error: unknown) => {
      throw connectionFault(error);
    });
    try {
      // What `read` throws is its own fault; the origin's come out of `text` with their name.
      return await read(pageFrom(response, arrival, this.options.maxBytes));
    } finally {
      response.body.destroy();
    }
  }

  private async follow({ url: start, validators, signal }: PageRequest) {
    const redirects: Redirect[] = [];
    let url = start;
    for (;;) {
      const conditional = validators?.url === url;
      const response = await this.get(url, conditional ? validators : null, signal);
      if (!REDIRECT_STATUSES.has(response.statusCode))
        return { response, finalUrl: url, redirects, conditional };
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

function conditions(validators: Validators | null): Record<string, string> {
  return {
    ...(validators?.etag && { 'if-none-match': validators.etag }),
    ...(validators?.lastModified && { 'if-modified-since': validators.lastModified }),
  };
}

import { type Dispatcher, request } from 'undici';
import { parseUrl, type Redirect, type Validators } from '#libs/preview';
import { ACCEPTED_ENCODINGS } from './body-decoder.js';
import { ChainCookies } from './chain-cookies.js';
import { connectionFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';
import { type Answer, type FetchedPage, pageFrom, single, type UnchangedPage } from './page-response.js';
import { withPatience } from './patience.js';

export interface PageFetcherOptions {
  /** The guarded way out. */
  readonly agent: Dispatcher;
  /** Most bytes of a body that are read, counted after decompression; what comes behind is not looked at. */
  readonly maxBytes: number;
  readonly userAgent: string;
  /** For a second try where the first met a wall; the same as `userAgent`: there is none. */
  readonly fallbackUserAgent: string;
  /** What a host gets that sends us to a consent page, in the form of a Cookie header. */
  readonly consentCookie: string;
}

/** What to ask for. */
export interface PageRequest {
  readonly url: string;
  /** From an earlier visit: the origin may say that nothing changed since. */
  readonly validators: Validators | null;
  /** The end of all patience, redirects, second tries and body included. */
  readonly signal: AbortSignal;
}

/** Who asks: by which name, with which cookies. */
interface Visitor {
  readonly userAgent: string;
  readonly cookies: ChainCookies;
}

/** A host that leads to a consent page instead of its own. */
interface ConsentWall {
  readonly kind: 'consent';
  readonly askedBy: string;
}

const MAX_REDIRECTS = 10;
const REDIRECT_BODY_BYTES = 64 * 1024;
const REDIRECT_BODY_MS = 500;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** How walls against unknown agents answer. */
const WALL_STATUSES = new Set([401, 403, 406]);

/** Fetches one page, safely: guarded at every hop, bounded in time and bytes. */
export class PageFetcher {
  constructor(private readonly options: PageFetcherOptions) {}

  /**
   * Follows a URL to its page and lets `read` have it. The connection ends with `read`, whatever is left of the body.
   *
   * @throws {FetchFailed} with the contract's code when the origin gives no page
   */
  async fetch<T>(wanted: PageRequest, read: (page: FetchedPage | UnchangedPage) => Promise<T>): Promise<T> {
    const answer = await this.answer(wanted).catch((error: unknown) => {
      throw connectionFault(error);
    });
    try {
      // What `read` throws is its own fault; the origin's come out of the page with their name.
      return await read(await pageFrom(answer, this.options.maxBytes));
    } finally {
      answer.response.body.destroy();
    }
  }

  /** By our own name; at a wall once more by the other one. */
  private async answer(wanted: PageRequest): Promise<Answer> {
    const { userAgent, fallbackUserAgent } = this.options;
    const answer = await this.answerTo(userAgent, wanted);
    if (fallbackUserAgent === userAgent || !WALL_STATUSES.has(answer.response.statusCode)) return answer;
    answer.response.body.destroy();
    return this.answerTo(fallbackUserAgent, wanted);
  }

  /** Without cookies; where that leads to a consent page, once more with the one that says what it wants to know. */
  private async answerTo(userAgent: string, wanted: PageRequest): Promise<Answer> {
    const first = await this.follow(wanted, { userAgent, cookies: new ChainCookies() });
    if (first.kind === 'answer') return first;
    const cookies = new ChainCookies();
    cookies.give(first.askedBy, this.options.consentCookie);
    const second = await this.follow(wanted, { userAgent, cookies });
    if (second.kind === 'answer') return second;
    throw new FetchFailed('ENOTPREVIEWABLE', 'The origin shows a consent page instead of its own.');
  }

  private async follow(
    { url: start, validators, signal }: PageRequest,
    visitor: Visitor,
  ): Promise<Answer | ConsentWall> {
    const redirects: Redirect[] = [];
    const seen = new Set<string>();
    let url = start;
    for (;;) {
      const cookie = visitor.cookies.headerFor(url);
      refuseLoop(seen, `${url}\n${cookie ?? ''}`);
      const conditional = validators?.url === url;
      const response = await this.get(url, { ...visitor, cookie }, conditional ? validators : null, signal);
      if (!REDIRECT_STATUSES.has(response.statusCode))
        return { kind: 'answer', response, finalUrl: url, redirects, conditional };
      await leave(response, signal);
      visitor.cookies.take(url, response.headers['set-cookie']);
      redirects.push({ statusCode: response.statusCode, url });
      if (redirects.length > MAX_REDIRECTS) {
        throw new FetchFailed('EMAXREDIRECTS', `The origin redirects more than ${MAX_REDIRECTS} times.`);
      }
      const target = redirectTarget(response, url);
      if (isConsentPage(target) && !isConsentPage(url)) return { kind: 'consent', askedBy: url };
      url = target;
    }
  }

  private async get(
    url: string,
    { userAgent, cookie }: { readonly userAgent: string; readonly cookie: string | undefined },
    validators: Validators | null,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const response = await request(url, {
      dispatcher: this.options.agent,
      signal,
      headers: {
        'user-agent': userAgent,
        accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.1',
        'accept-encoding': ACCEPTED_ENCODINGS,
        'accept-language': 'en;q=0.8,*;q=0.5',
        ...(cookie !== undefined && { cookie }),
        ...conditions(validators),
      },
    });
    response.body.on('error', () => undefined); // whoever reads it meets the error there; when nobody does, it is none
    return response;
  }
}

/** The same request would get the same answer; with another cookie it may not. */
function refuseLoop(seen: Set<string>, step: string): void {
  if (seen.has(step)) throw new FetchFailed('EMAXREDIRECTS', 'The origin redirects in a circle.');
  seen.add(step);
}

/** Reads a short body to its end, so that the connection can be used again; a long or slow one is not worth it. */
async function leave({ body }: Dispatcher.ResponseData, signal: AbortSignal): Promise<void> {
  const dump = (patience: AbortSignal) => body.dump({ limit: REDIRECT_BODY_BYTES, signal: patience });
  await withPatience(REDIRECT_BODY_MS, dump, signal).catch(() => undefined);
  signal.throwIfAborted();
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

function isConsentPage(url: string): boolean {
  return new URL(url).hostname.startsWith('consent.');
}

function conditions(validators: Validators | null): Record<string, string> {
  return {
    ...(validators?.etag && { 'if-none-match': validators.etag }),
    ...(validators?.lastModified && { 'if-modified-since': validators.lastModified }),
  };
}

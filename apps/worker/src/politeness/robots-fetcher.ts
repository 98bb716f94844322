import { parseUrl } from '#libs/preview';
import { decompressed } from '../fetch/body-decoder.js';
import { bodyFault, connectionFault } from '../fetch/faults.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { guardedAgent } from '../fetch/guarded-agent.js';
import { single } from '../fetch/page-response.js';
import { withPatience } from '../fetch/patience.js';

/** What an origin has for robots. *none*: no rules, so all is allowed. *fault*: it can't say just now, so nothing is (RFC 9309, section 2.3.1). */
export type RobotsFile =
  { readonly kind: 'rules'; readonly text: string } | { readonly kind: 'none' } | { readonly kind: 'fault' };

export interface RobotsFetcherOptions {
  /** The guarded way out, the same as for pages. */
  readonly agent: ReturnType<typeof guardedAgent>;
  readonly userAgent: string;
  /** Longest time for one file, redirects included, in ms. */
  readonly timeoutMs: number;
}

const MAX_BYTES = 500 * 1024;
const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

type Response = Awaited<ReturnType<RobotsFetcherOptions['agent']['request']>>;

/** Fetches an origin's robots.txt: guarded at every hop, bounded in time and bytes. */
export class RobotsFetcher {
  constructor(private readonly options: RobotsFetcherOptions) {}

  /** @throws {FetchFailed} when the origin can't be reached: a page of it couldn't, either */
  async fetch(origin: string): Promise<RobotsFile> {
    return withPatience(this.options.timeoutMs, (signal) => this.follow(origin, signal));
  }

  private async follow(origin: string, signal: AbortSignal): Promise<RobotsFile> {
    let url = new URL('/robots.txt', origin);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.get(url, signal);
      const target = redirectTarget(response, url);
      if (target === undefined) return await fileOf(response);
      response.body.destroy();
      url = target;
    }
    return { kind: 'none' };
  }

  private async get(url: URL, signal: AbortSignal): Promise<Response> {
    const { agent, userAgent } = this.options;
    try {
      const response = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'user-agent': userAgent, accept: 'text/plain,*/*;q=0.1', 'accept-encoding': 'gzip' },
        signal,
      });
      response.body.on('error', () => undefined); // whoever reads it meets the error there; when nobody does, it is none
      return response;
    } catch (error) {
      throw connectionFault(error);
    }
  }
}

function redirectTarget({ statusCode, headers }: Response, from: URL): URL | undefined {
  const location = single(headers.location);
  if (!REDIRECT_STATUSES.has(statusCode) || location === undefined) return undefined;
  const target = parseUrl(location, from.href);
  return target !== undefined && /^https?:$/.test(target.protocol) ? target : undefined;
}

async function fileOf({ statusCode, headers, body }: Response): Promise<RobotsFile> {
  try {
    if (statusCode >= 500) return { kind: 'fault' };
    if (statusCode < 200 || statusCode >= 300) return { kind: 'none' };
    return { kind: 'rules', text: await firstLines(decompressed(body, single(headers['content-encoding']))) };
  } catch (error) {
    const fault = bodyFault(error);
    if (!(fault instanceof FetchFailed)) throw fault;
    return { kind: 'fault' };
  } finally {
    body.destroy();
  }
}

/** Whole lines of at most `MAX_BYTES`: half of a rule may say the opposite of it. */
async function firstLines(bytes: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BYTES) break;
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAX_BYTES));
  return size > MAX_BYTES
    ? text.slice(0, Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1)
    : text;
}

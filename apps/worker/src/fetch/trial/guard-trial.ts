import { canonicalUrl, InvalidUrl, parseUrl } from '#libs/preview';
import { OEmbedFinder } from '../../oembed/oembed-finder.js';
import { PageScraper, type Scraped } from '../../previews/page-scraper.js';
import { AddressGuard } from '../address-guard.js';
import { guardedAgent } from '../guarded-agent.js';
import { SmallFetcher } from '../small-fetcher.js';
import { PageFetcher } from '../page-fetcher.js';
import type { Answering, FakeInternet } from './fake-internet.js';
import { answersFor, inTurn, PUBLIC_ADDRESS } from './fake-names.js';
import type { AddressCase, Chain } from './trial-file.js';

/** How a trial ended. `leaked`: something was connected to that must not be, whatever came of it. */
export type Verdict = 'allowed' | 'blocked' | 'invalid' | 'leaked' | (string & {});

export interface Trial {
  readonly name: string;
  readonly expected: string;
  readonly verdict: Verdict;
  readonly agrees: boolean;
}

const TIMEOUT_MS = 5_000;

/** Has the service's own way to a page, from the URL to the preview, go out into an internet of its own. */
export class GuardTrial {
  private readonly guard: AddressGuard;

  /** @param ports that public addresses may be visited on */
  constructor(
    private readonly internet: FakeInternet,
    ports: readonly number[],
  ) {
    this.guard = new AddressGuard({ ports, allowCidrs: [] });
  }

  /** One URL, as a caller gives it. */
  async address({ url, group, expect }: AddressCase): Promise<Trial> {
    const answers = answersFor(parseUrl(url)?.hostname ?? '');
    this.internet.become(inTurn(answers), page('<title>reached</title>'));
    return this.ended(`${group} ${url}`, expect, await this.visits(url, answers.length));
  }

  /** A redirect, a sub-resource or a name that changes its mind. */
  async chain(chain: Chain): Promise<Trial> {
    if ('hops' in chain) return this.redirects(chain.name, chain.expect, chain.hops);
    if ('html' in chain) return this.namedIn(chain.name, chain.expect, chain.html);
    this.internet.become(inTurn(chain.resolver), page('<title>reached</title>'));
    return this.ended(
      chain.name,
      chain.expect,
      await this.visits('http://name.test/', chain.resolver.length),
    );
  }

  private async redirects(name: string, expected: string, hops: readonly string[]): Promise<Trial> {
    const [start = ''] = hops;
    const next = new Map(hops.slice(1).map((target, index) => [placeOf(hops[index] ?? ''), target]));
    this.internet.become(
      (hostname) => inTurn(answersFor(hostname))(hostname),
      (request, response) => {
        const location = next.get(`${request.headers.host?.replace(/^www\./, '')}${request.url}`);
        if (location === undefined) page('<title>reached</title>')(request, response);
        else response.writeHead(302, { location }).end();
      },
    );
    return this.ended(name, expected, await this.visits(start, 1));
  }

  /** What a page names must not be visited at all: then no guard has to be right about it. */
  private async namedIn(name: string, expected: string, html: string): Promise<Trial> {
    this.internet.become(() => Promise.resolve([PUBLIC_ADDRESS]), page(`<title>page</title>${html}`));
    const verdict = await this.visits('http://page.test/', 1);
    const others = this.internet.connections.filter(({ hostname }) => hostname !== 'page.test');
    return this.ended(name, expected, verdict === 'allowed' && others.length === 0 ? 'blocked' : verdict);
  }

  /** As many visits as the name has answers, each without the connections of the one before; the last one counts. */
  private async visits(url: string, count: number): Promise<Verdict> {
    let verdict: Verdict = 'invalid';
    for (let visit = 0; visit < count && verdict !== 'blocked'; visit += 1) verdict = await this.visit(url);
    return verdict;
  }

  private async visit(url: string): Promise<Verdict> {
    const agent = guardedAgent({
      guard: this.guard,
      connectTimeoutMs: TIMEOUT_MS,
      headersTimeoutMs: TIMEOUT_MS,
      bodyTimeoutMs: TIMEOUT_MS,
      resolve: this.internet.resolve,
      dial: this.internet.dial,
      ca: this.internet.ca,
    });
    const userAgent = 'guard trial';
    const fetcher = new PageFetcher({
      agent,
      maxBytes: 64 * 1024,
      userAgent,
      fallbackUserAgent: userAgent,
      consentCookie: 'a=1',
    });
    try {
      const oembed = new OEmbedFinder(new SmallFetcher({ agent, userAgent }));
      const scraper = new PageScraper(fetcher, oembed, TIMEOUT_MS);
      return verdictOn(await scraper.scrape(canonicalUrl(url), null));
    } catch (error) {
      if (error instanceof InvalidUrl) return 'invalid';
      throw error;
    } finally {
      await agent.destroy();
    }
  }

  private ended(name: string, expected: string, found: Verdict): Trial {
    const leaked = this.internet.connections.some(({ address, port }) => !this.guard.allows(address, port));
    const verdict = leaked ? 'leaked' : found;
    return { name, expected, verdict, agrees: agrees(expected, verdict, name) };
  }
}

function verdictOn(scraped: Scraped): Verdict {
  if (scraped.kind !== 'failure') return 'allowed';
  return scraped.outcome.code === 'EFORBIDDENURL' ? 'blocked' : scraped.outcome.code;
}

/** What can't name a page is kept away from the network as surely as what is blocked; URLs with userinfo are refused for that alone. */
function agrees(expected: string, verdict: Verdict, name: string): boolean {
  if (expected === 'block' || expected === 'block-or-invalid')
    return verdict === 'blocked' || verdict === 'invalid';
  if (expected !== 'allow') return verdict === expected;
  return verdict === 'allowed' || (verdict === 'invalid' && /:\/\/[^/?#]*@/.test(name));
}

function page(html: string): Answering {
  return (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html);
}

function placeOf(url: string): string {
  const parsed = parseUrl(url);
  return parsed === undefined ? '' : `${parsed.host}${parsed.pathname}${parsed.search}`;
}

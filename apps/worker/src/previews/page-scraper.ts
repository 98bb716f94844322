import { type CanonicalUrl, fetchCandidates, type LinkPreview, type ScrapeOutcome } from '#libs/preview';
import { extractPreview } from '../extract/extract-preview.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { PageFetcher } from '../fetch/page-fetcher.js';

/** What a visit to a site brought: a preview, or how it failed. */
export interface Scraped {
  readonly fetchUrl: string;
  readonly preview: LinkPreview | null;
  readonly outcome: ScrapeOutcome;
}

/** Goes to the site of a canonical URL, by each of its candidates until one gives a page. */
export class PageScraper {
  /** @param timeoutMs longest time for a page, all its candidates, redirects and bodies included */
  constructor(
    private readonly fetcher: PageFetcher,
    private readonly timeoutMs: number,
  ) {}

  async scrape(url: CanonicalUrl): Promise<Scraped> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    const failures: Scraped[] = [];
    for (const candidate of fetchCandidates(url)) {
      const scraped = await this.visit(candidate, signal);
      if (scraped.preview !== null || isFinal(scraped.outcome)) return scraped;
      failures.push(scraped);
      if (signal.aborted) break;
    }
    // An answer says more about the page than a name or a port that doesn't exist.
    return (failures.find(({ outcome }) => isAnswer(outcome)) ?? failures[0])!;
  }

  private async visit(fetchUrl: string, signal: AbortSignal): Promise<Scraped> {
    try {
      return await this.fetcher.fetch(fetchUrl, signal, async (page) => ({
        fetchUrl,
        preview: await extractPreview(page.finalUrl, page.text),
        outcome: {
          kind: 'success',
          statusCode: page.statusCode,
          headers: page.headers,
          redirects: page.redirects,
        },
      }));
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error; // a fault of our own: the job fails and is tried again
      return { fetchUrl, preview: null, outcome: error.failure };
    }
  }
}

/** The origin is there and asks to be left alone, or there is a page that is none: its twins would say the same. */
function isFinal(outcome: ScrapeOutcome): boolean {
  if (outcome.kind === 'success') return true;
  return outcome.statusCode === 429 || outcome.statusCode === 503 || outcome.code === 'ENOTPREVIEWABLE';
}

function isAnswer(outcome: ScrapeOutcome): boolean {
  return outcome.kind === 'failure' && outcome.code !== 'EUNREACHABLE';
}

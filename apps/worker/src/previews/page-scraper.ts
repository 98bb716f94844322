import {
  type CanonicalUrl,
  fetchCandidates,
  type LinkPreview,
  type ScrapeFailure,
  type ScrapeSuccess,
  type Validators,
} from '#libs/preview';
import { type ExtractedPage, extractPage } from '../extract/extract-preview.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { PageFetcher } from '../fetch/page-fetcher.js';
import type { FetchedPage } from '../fetch/page-response.js';
import type { OEmbedFinder, OEmbedFound } from '../oembed/oembed-finder.js';
import { contentPreview } from './content-preview.js';
import { withPatience } from '../fetch/patience.js';

/** What a visit to a site brought. */
export type Scraped =
  | {
      readonly kind: 'page';
      readonly fetchUrl: string;
      /** What the page itself says. */
      readonly preview: LinkPreview;
      readonly oembed: OEmbedFound;
      readonly outcome: ScrapeSuccess;
      readonly validators: Validators | null;
    }
  | { readonly kind: 'unchanged'; readonly fetchUrl: string }
  | { readonly kind: 'failure'; readonly fetchUrl: string; readonly outcome: ScrapeFailure };

type Failed = Extract<Scraped, { kind: 'failure' }>;

/** Goes to the site of a canonical URL, by each of its candidates until one gives a page. */
export class PageScraper {
  /** @param timeoutMs longest time for a page, all its candidates, redirects, bodies and its provider's answer included */
  constructor(
    private readonly fetcher: PageFetcher,
    private readonly oembed: Pick<OEmbedFinder, 'find'>,
    private readonly timeoutMs: number,
  ) {}

  /** @param validators of the copy that is held: a page that still matches them is `unchanged` */
  async scrape(url: CanonicalUrl, validators: Validators | null): Promise<Scraped> {
    return withPatience(this.timeoutMs, (signal) => this.tryCandidates(url, validators, signal));
  }

  private async tryCandidates(
    url: CanonicalUrl,
    validators: Validators | null,
    signal: AbortSignal,
  ): Promise<Scraped> {
    const failures: Failed[] = [];
    for (const candidate of fetchCandidates(url)) {
      const scraped = await this.visit(candidate, validators, signal);
      if (scraped.kind !== 'failure' || isFinal(scraped.outcome)) return scraped;
      failures.push(scraped);
      if (signal.aborted) break;
    }
    // An answer says more about the page than a name or a port that doesn't exist.
    return (failures.find(({ outcome }) => outcome.code !== 'EUNREACHABLE') ?? failures[0])!;
  }

  private async visit(
    fetchUrl: string,
    validators: Validators | null,
    signal: AbortSignal,
  ): Promise<Scraped> {
    try {
      const found = await this.fetcher.fetch({ url: fetchUrl, validators, signal }, async (page) =>
        page.kind === 'unchanged' ? undefined : { page, ...(await readPage(page, fetchUrl)) },
      );
      if (found === undefined) return { kind: 'unchanged', fetchUrl };
      const { page, preview, oembedUrl } = found;
      const { statusCode, headers, redirects } = page;
      return {
        kind: 'page',
        fetchUrl,
        preview,
        // By now the page's own connection is free again.
        oembed: page.kind === 'html' ? await this.oembed.find(page.finalUrl, oembedUrl, signal) : null,
        outcome: { kind: 'success', statusCode, headers, redirects },
        validators: page.validators,
      };
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error; // a fault of our own: the job fails and is tried again
      return { kind: 'failure', fetchUrl, outcome: error.failure };
    }
  }
}

async function readPage(page: FetchedPage, requestedUrl: string): Promise<ExtractedPage> {
  if (page.kind === 'html') return extractPage(page.finalUrl, page.text, requestedUrl);
  return { preview: contentPreview(page, requestedUrl), oembedUrl: null };
}

/** The origin is there and asks to be left alone, or there is a page that is none: its twins would say the same. */
function isFinal({ code, statusCode }: ScrapeFailure): boolean {
  return statusCode === 429 || statusCode === 503 || code === 'ENOTPREVIEWABLE';
}

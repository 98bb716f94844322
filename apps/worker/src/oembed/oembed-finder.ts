import type { OEmbed } from '#libs/preview';
import type { SmallFetcher } from '../fetch/small-fetcher.js';
import { oembedOf } from './oembed-answer.js';
import { listedOEmbedUrl } from './oembed-providers.js';
import { withPatience } from '../fetch/patience.js';

/** Longest time for an answer, redirects included, in ms, and most of it that is read, in bytes. */
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 64 * 1024;

/** What asking came to; null where there was nobody to ask. */
export type OEmbedFound = OEmbed | 'failed' | null;

/** Asks the provider of a page's embed about it. */
export class OEmbedFinder {
  constructor(private readonly fetcher: Pick<SmallFetcher, 'fetch'>) {}

  /**
   * Asks whom the page names, else whom the providers' list does; most pages have nobody to ask. Never throws: whatever goes wrong here,
   * be it our own fault, costs the page no more than this.
   *
   * @param discovered what the page names, if anything
   * @param signal the end of all patience with the page; the provider's own may come earlier
   */
  async find(pageUrl: string, discovered: string | null, signal: AbortSignal): Promise<OEmbedFound> {
    try {
      const url = discovered ?? listedOEmbedUrl(pageUrl);
      return url === null ? null : ((await this.ask(url, signal)) ?? 'failed');
    } catch {
      return 'failed';
    }
  }

  private async ask(url: string, signal: AbortSignal): Promise<OEmbed | null> {
    const wanted = { url, accept: 'application/json', maxBytes: MAX_BYTES };
    const { bytes, isCut, finalUrl } = await withPatience(
      TIMEOUT_MS,
      (patience) => this.fetcher.fetch({ ...wanted, signal: patience }),
      signal,
    );
    return isCut ? null : oembedOf(new TextDecoder().decode(bytes), finalUrl);
  }
}

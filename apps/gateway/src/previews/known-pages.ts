import { LRUCache } from 'lru-cache';
import { canonicalUrl } from '#libs/preview';
import { type Page, pageAt } from './page.js';

/** Most memory for them, in bytes: some 10,000 pages. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What an entry takes beside its texts, in bytes. */
const OVERHEAD = 250;

/** What URLs name, by their very text: lists come again, and to parse and digest a URL takes longer than to answer it. */
export class KnownPages {
  private readonly pages = new LRUCache<string, Page>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ url }, text) => 2 * text.length + 2 * url.length + OVERHEAD,
  });

  /** @throws {InvalidUrl} */
  at(text: string): Page {
    const known = this.pages.get(text);
    if (known !== undefined) return known;
    const page = pageAt(canonicalUrl(text));
    this.pages.set(text, page);
    return page;
  }
}

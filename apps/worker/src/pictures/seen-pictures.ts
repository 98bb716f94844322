import { LRUCache } from 'lru-cache';
import type { PreviewMedia } from '#libs/preview';

/** Most memory for them, in bytes: some 5,000 pictures. */
const MAX_BYTES = 2 * 1024 * 1024;

/** What one takes beside its URL, in bytes. */
const OVERHEAD = 200;

/** How long what was found holds, in ms. */
const KEEP_MS = 3_600_000;

/**
 * What was found out of pictures lately, by their URL: the pages of a site have their logo in common, and one visit tells of it for all of them. Pages
 * that want the same at the same time share a look.
 */
export class SeenPictures {
  private readonly seen = new LRUCache<string, PreviewMedia>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ url }) => 2 * url.length + OVERHEAD,
    ttl: KEEP_MS,
  });
  private readonly looks = new Map<string, Promise<PreviewMedia | undefined>>();

  /**
   * @param look at the picture itself; undefined: it could not be had, and whoever comes next may try again
   * @throws what `look` throws
   */
  async find(url: string, look: () => Promise<PreviewMedia | undefined>): Promise<PreviewMedia | undefined> {
    return this.seen.get(url) ?? this.looks.get(url) ?? this.begin(url, look);
  }

  private begin(
    url: string,
    look: () => Promise<PreviewMedia | undefined>,
  ): Promise<PreviewMedia | undefined> {
    const looking = look()
      .then((found) => {
        // What is no picture may be a wall that stands there today, before one page.
        if (found !== undefined && found.type !== null) this.seen.set(url, found);
        return found;
      })
      .finally(() => this.looks.delete(url));
    this.looks.set(url, looking);
    return looking;
  }
}

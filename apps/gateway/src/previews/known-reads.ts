import { LRUCache } from 'lru-cache';
import { type CallerLimits, isWhole, type Projection } from '#libs/preview';
import type { Page } from './page.js';

/** A read in which its caller chose nothing: what the page has for everybody, or for everybody who asks for its embed, or for colours. */
export interface PlainRead {
  readonly page: Page;
  readonly limits: CallerLimits;
  readonly projection: Projection;
}

/** A read as the route understood it. */
export interface UnderstoodRead extends PlainRead {
  readonly force: boolean;
  readonly waitMs: number | undefined;
}

/** Most memory for them, in bytes: as many, roughly, as previews fit into L1 by default. */
export const KNOWN_READS_BYTES = 8 * 1024 * 1024;

/** What an entry takes beside its texts, in bytes. */
const OVERHEAD = 400;

/**
 * What request targets mean, by their very text. It is learned from the route and nowhere else: nothing is parsed, decoded or judged by a second
 * implementation, and what the route refuses is never known here.
 */
export class KnownReads {
  private readonly reads = new LRUCache<string, PlainRead>({
    maxSize: KNOWN_READS_BYTES,
    sizeCalculation: ({ page }, target) => 2 * target.length + 2 * page.url.length + OVERHEAD,
  });

  find(target: string): PlainRead | undefined {
    return this.reads.get(target);
  }

  /** Remembers a read that the route has answered, if it is a plain one. */
  learn(target: string, { page, limits, projection, force, waitMs }: UnderstoodRead): void {
    const hasLimits = limits.ttlMs !== undefined || limits.staleTtlMs !== undefined;
    if (force || waitMs !== undefined || hasLimits || !isWhole(projection)) return;
    if (!this.reads.has(target)) this.reads.set(target, { page, limits, projection });
  }
}

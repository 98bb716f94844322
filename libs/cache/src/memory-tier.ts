import { LRUCache } from 'lru-cache';
import { type PreviewEntry, type PreviewKey, remainingLifetimeMs } from '#libs/preview';

export interface MemoryTierOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** The first tier: entries in this process, bounded in bytes, none kept longer than `maxAgeMs`. */
export class MemoryTier {
  private readonly entries: LRUCache<PreviewKey, PreviewEntry>;

  constructor(private readonly options: MemoryTierOptions) {
    this.entries = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: sizeInBytes,
    });
  }

  find(key: PreviewKey): PreviewEntry | undefined {
    return this.entries.get(key);
  }

  /** Keeps an entry for what remains of its life at `now`; an older version never replaces a newer one. */
  keep(entry: PreviewEntry, now: number): void {
    const ttl = Math.min(this.options.maxAgeMs, remainingLifetimeMs(entry, now));
    if (ttl <= 0) return;
    const held = this.entries.get(entry.key);
    if (held !== undefined && held.version > entry.version) return;
    this.entries.set(entry.key, entry, { ttl });
  }
}

/** JSON is close to what the strings of an entry take; the constant stands for its objects and the map's own cost. */
function sizeInBytes(entry: PreviewEntry): number {
  return JSON.stringify(entry).length + 512;
}

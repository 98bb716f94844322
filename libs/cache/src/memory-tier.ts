import { LRUCache } from 'lru-cache';
import { type PreviewEntry, type PreviewKey, remainingLifetimeMs } from '#libs/preview';
import type { VersionFloor } from './version-floor.js';

export interface MemoryTierOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Most floors that are remembered; the oldest go first. */
const MAX_FLOORS = 100_000;

/**
 * The first tier: entries in this process, bounded in bytes, none kept longer than `maxAgeMs`. Floors are remembered for
 * longer than a slow look at the lower tiers takes, so that it can't bring back what was replaced or purged meanwhile.
 */
export class MemoryTier {
  private readonly entries: LRUCache<PreviewKey, PreviewEntry>;
  private readonly floors: LRUCache<PreviewKey, number>;

  constructor(private readonly options: MemoryTierOptions) {
    this.entries = new LRUCache({ maxSize: options.maxBytes, sizeCalculation: sizeInBytes });
    this.floors = new LRUCache({ max: MAX_FLOORS, ttl: 2 * options.maxAgeMs });
  }

  find(key: PreviewKey): PreviewEntry | undefined {
    return this.entries.get(key);
  }

  /** Keeps an entry for what remains of its life at `now`; an older version never replaces a newer one. */
  keep(entry: PreviewEntry, now: number): void {
    const ttl = Math.min(this.options.maxAgeMs, remainingLifetimeMs(entry, now));
    if (ttl <= 0 || this.isOutdated(entry)) return;
    const held = this.entries.get(entry.key);
    if (held !== undefined && held.version > entry.version) return;
    this.entries.set(entry.key, entry, { ttl });
  }

  /** Whether a copy is known to have been replaced or purged. */
  isOutdated({ key, version }: PreviewEntry): boolean {
    return version < (this.floors.get(key) ?? 0);
  }

  /** Lets go of what is below a floor, and refuses it from now on. */
  raise({ keys, version }: VersionFloor): void {
    for (const key of keys) {
      if (version <= (this.floors.get(key) ?? 0)) continue;
      this.floors.set(key, version);
      if ((this.entries.peek(key)?.version ?? version) < version) this.entries.delete(key);
    }
  }

  /** Lets go of everything: messages may have been missed. */
  clear(): void {
    this.entries.clear();
  }
}

/** JSON is close to what the strings of an entry take; the constant stands for its objects and the map's own cost. */
function sizeInBytes(entry: PreviewEntry): number {
  return JSON.stringify(entry).length + 512;
}

import { LRUCache } from 'lru-cache';
import { type PreviewCopy, type PreviewKey, remainingLifetimeMs } from '#libs/preview';
import type { VersionFloor } from './version-floor.js';

export interface MemoryTierOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** What the tier holds; bytes as they are bounded. */
export interface MemoryUsage {
  readonly copies: number;
  readonly bytes: number;
}

/** How often the tier looks at the clock at the most, in ms: that costs a timer each time, and a copy's own times are asked for anyway. */
const CLOCK_MS = 50;

/** Most floors that are remembered; the oldest go first. */
const MAX_FLOORS = 100_000;

/**
 * The first tier: copies in this process, bounded in bytes, none kept longer than `maxAgeMs`. Floors are remembered for
 * longer than a slow look at the lower tiers takes, so that it can't bring back what was replaced or purged meanwhile.
 */
export class MemoryTier {
  private readonly copies: LRUCache<PreviewKey, PreviewCopy>;
  private readonly floors: LRUCache<PreviewKey, number>;

  constructor(private readonly options: MemoryTierOptions) {
    const ttlResolution = Math.min(CLOCK_MS, options.maxAgeMs);
    this.copies = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: sizeInBytes,
      ttlResolution,
    });
    this.floors = new LRUCache({ max: MAX_FLOORS, ttl: 2 * options.maxAgeMs, ttlResolution });
  }

  get usage(): MemoryUsage {
    return { copies: this.copies.size, bytes: this.copies.calculatedSize };
  }

  find(key: PreviewKey): PreviewCopy | undefined {
    return this.copies.get(key);
  }

  /** Keeps a copy for what remains of its life at `now`; an older version never replaces a newer one. */
  keep(copy: PreviewCopy, now: number): void {
    const ttl = Math.min(this.options.maxAgeMs, remainingLifetimeMs(copy, now));
    if (ttl <= 0 || this.isOutdated(copy)) return;
    const held = this.copies.get(copy.key);
    if (held !== undefined && held.version > copy.version) return;
    this.copies.set(copy.key, copy, { ttl });
  }

  /** Whether a copy is known to have been replaced or purged. */
  isOutdated({ key, version }: PreviewCopy): boolean {
    return version < (this.floors.get(key) ?? 0);
  }

  /** Lets go of what is below a floor, and refuses it from now on. */
  raise({ keys, version }: VersionFloor): void {
    for (const key of keys) {
      if (version <= (this.floors.get(key) ?? 0)) continue;
      this.floors.set(key, version);
      if ((this.copies.peek(key)?.version ?? version) < version) this.copies.delete(key);
    }
  }

  /** Lets go of everything: messages may have been missed. */
  clear(): void {
    this.copies.clear();
  }
}

/** What a copy takes beside its text, in bytes: its object, its head, and the map's own cost. */
const OVERHEAD = 1_024;

function sizeInBytes(copy: PreviewCopy): number {
  return copy.pack().length + OVERHEAD;
}

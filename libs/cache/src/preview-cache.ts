import type { Cache } from 'cache-manager';
import { type PreviewEntry, type PreviewKey, remainingLifetimeMs } from '#libs/preview';
import type { MemoryTier } from './memory-tier.js';

/** Where an entry was found: memory, Redis, Postgres. */
export type Tier = 'L1' | 'L2' | 'L3';

export interface Found {
  readonly entry: PreviewEntry;
  readonly tier: Tier;
}

/** Previews in three tiers. A lower tier's hit fills the upper ones for what remains of its life, never longer. */
export class PreviewCache {
  /** @param memory `null` in a process that only writes */
  constructor(
    private readonly shared: Cache,
    private readonly memory: MemoryTier | null,
  ) {}

  /**
   * The entry nearest to the reader, of any age. Redis that is down, late or empty is a miss.
   *
   * @param now ms since the epoch
   * @param loadFromStore the third tier, which the app passes in; what it throws goes to the caller
   */
  async find(
    key: PreviewKey,
    now: number,
    loadFromStore: (key: PreviewKey) => Promise<PreviewEntry | undefined>,
  ): Promise<Found | undefined> {
    const local = this.memory?.find(key);
    if (local !== undefined) return { entry: local, tier: 'L1' };

    const shared = await this.shared.get<PreviewEntry>(key);
    if (shared !== undefined) {
      this.memory?.keep(shared, now);
      return { entry: shared, tier: 'L2' };
    }

    const stored = await loadFromStore(key);
    if (stored === undefined) return undefined;
    this.memory?.keep(stored, now);
    void this.put(stored, now); // the reader need not wait for the next one's benefit; failures are reported by the tier
    return { entry: stored, tier: 'L3' };
  }

  /** Puts an entry into Redis for the rest of its life; a newer version that is there already stays. */
  async put(entry: PreviewEntry, now: number): Promise<void> {
    const ttlMs = remainingLifetimeMs(entry, now);
    if (ttlMs > 0) await this.shared.set(entry.key, entry, ttlMs);
  }
}

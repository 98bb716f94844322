import type { Cache } from 'cache-manager';
import { type PreviewEntry, type PreviewKey, remainingLifetimeMs } from '#libs/preview';
import type { FloorChannel, Tombstone } from './floor-channel.js';
import type { MemoryTier } from './memory-tier.js';
import { SharedLookups } from './shared-lookups.js';
import type { VersionFloor } from './version-floor.js';

/** Where an entry was found: memory, Redis, Postgres. */
export type Tier = 'L1' | 'L2' | 'L3';

export interface Found {
  readonly entry: PreviewEntry;
  readonly tier: Tier;
}

export type LoadFromStore = (key: PreviewKey) => Promise<PreviewEntry | undefined>;

/** Previews in three tiers. A lower tier's hit fills the upper ones for what remains of its life, never longer. */
export class PreviewCache {
  private readonly lookups = new SharedLookups<Found | undefined>();

  /** @param memory `null` in a process that only writes */
  constructor(
    private readonly shared: Cache,
    private readonly memory: MemoryTier | null,
    private readonly floors: FloorChannel,
  ) {}

  /**
   * The entry nearest to the reader, of any age. Redis that is down, late or empty is a miss. Readers of one key who come at the same time
   * share one look at the lower tiers.
   *
   * @param now ms since the epoch
   * @param loadFromStore the third tier, which the app passes in; what it throws goes to the caller
   */
  async find(key: PreviewKey, now: number, loadFromStore: LoadFromStore): Promise<Found | undefined> {
    const local = this.memory?.find(key);
    if (local !== undefined) return { entry: local, tier: 'L1' };
    return this.lookups.share(key, 0, async () => {
      return (await this.fromRedis(key, now)) ?? this.fromStore(key, now, loadFromStore);
    });
  }

  /** As `find`, but passes over copies that aren't newer than a version; what the store has is the last word. */
  async findNewer(
    key: PreviewKey,
    version: number,
    now: number,
    loadFromStore: LoadFromStore,
  ): Promise<Found | undefined> {
    const local = this.memory?.find(key);
    if (local !== undefined && local.version > version) return { entry: local, tier: 'L1' };
    return this.lookups.share(key, version, async () => {
      const shared = await this.fromRedis(key, now);
      if (shared !== undefined && shared.entry.version > version) return shared;
      return this.fromStore(key, now, loadFromStore);
    });
  }

  private async fromRedis(key: PreviewKey, now: number): Promise<Found | undefined> {
    const entry = await this.shared.get<PreviewEntry | Tombstone>(key);
    if (entry === undefined || 'purged' in entry || this.isOutdated(entry)) return undefined;
    this.memory?.keep(entry, now);
    return { entry, tier: 'L2' };
  }

  private async fromStore(
    key: PreviewKey,
    now: number,
    loadFromStore: LoadFromStore,
  ): Promise<Found | undefined> {
    const entry = await loadFromStore(key);
    if (entry === undefined || this.isOutdated(entry)) return undefined;
    this.memory?.keep(entry, now);
    void this.put(entry, now); // the reader need not wait for the next one's benefit; failures are reported by the tier
    return { entry, tier: 'L3' };
  }

  /** Puts an entry into Redis for the rest of its life; a newer version that is there already stays. */
  async put(entry: PreviewEntry, now: number): Promise<void> {
    const ttlMs = remainingLifetimeMs(entry, now);
    if (ttlMs > 0) await this.shared.set(entry.key, entry, ttlMs);
  }

  /** Puts a version that has just been stored, and tells the gateways to let go of older ones. What fails is healed by their `maxAgeMs`. */
  async publish(entry: PreviewEntry, now: number): Promise<void> {
    await this.put(entry, now);
    await this.floors.announce({ keys: [entry.key], version: entry.version }).catch(() => undefined);
  }

  /**
   * Makes sure that no tier shows these keys below a version any more, here at once, in other gateways when they hear of it.
   *
   * @throws when Redis can't be told: then it may still hold them
   */
  async bury(floor: VersionFloor): Promise<void> {
    this.raise(floor);
    await this.floors.bury(floor);
  }

  /** A floor that somebody told of. */
  raise(floor: VersionFloor): void {
    this.memory?.raise(floor);
    for (const key of floor.keys) this.lookups.forget(key); // who comes now must not join a look from before
  }

  /** Floors may have been missed: nothing in memory can be trusted. */
  forgetMemory(): void {
    this.memory?.clear();
    this.lookups.clear();
  }

  private isOutdated(entry: PreviewEntry): boolean {
    return this.memory?.isOutdated(entry) ?? false;
  }
}

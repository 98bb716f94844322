import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cache } from 'cache-manager';
import {
  GatheredReads,
  PreviewCopy,
  type PreviewEntry,
  type PreviewKey,
  remainingLifetimeMs,
} from '#libs/preview';
import type { FloorChannel } from './floor-channel.js';
import type { MemoryTier, MemoryUsage } from './memory-tier.js';
import { SharedLookups } from './shared-lookups.js';
import type { VersionFloor } from './version-floor.js';

/** Where a copy was found: memory, Redis, Postgres. */
export type Tier = 'L1' | 'L2' | 'L3';

export interface Found {
  readonly copy: PreviewCopy;
  readonly tier: Tier;
}

export type LoadFromStore = (key: PreviewKey) => Promise<PreviewEntry | undefined>;

/** The same for many, in the order of their keys. */
export type LoadAllFromStore = (
  keys: readonly PreviewKey[],
) => Promise<readonly (PreviewEntry | undefined)[]>;

/** Copies that are unpacked in one go, for which readers of others wait: some 2 ms. */
const SLICE = 200;

/** Previews in three tiers. A lower tier's hit fills the upper ones for what remains of its life, never longer. */
export class PreviewCache {
  private readonly lookups = new SharedLookups<Found | undefined>();
  private readonly reads: GatheredReads<string>;

  /** @param memory `null` in a process that only writes */
  constructor(
    private readonly shared: Cache,
    private readonly memory: MemoryTier | null,
    private readonly floors: FloorChannel,
  ) {
    this.reads = new GatheredReads((keys) => shared.mget<string>([...keys]));
  }

  /** What this process's memory holds; nothing in a process that only writes. */
  get memoryUsage(): MemoryUsage {
    return this.memory?.usage ?? { copies: 0, bytes: 0 };
  }

  /** The copy in this process's memory, of any age. */
  findInMemory(key: PreviewKey): Found | undefined {
    const local = this.memory?.find(key);
    return local && { copy: local, tier: 'L1' };
  }

  /**
   * The copy nearest to the reader, of any age. Redis that is down, late or empty is a miss. Readers of one key who come at the same time
   * share one look at the lower tiers.
   *
   * @param now ms since the epoch
   * @param loadFromStore the third tier, which the app passes in; what it throws goes to the caller
   */
  async find(key: PreviewKey, now: number, loadFromStore: LoadFromStore): Promise<Found | undefined> {
    const local = this.findInMemory(key);
    if (local !== undefined) return local;
    return this.lookups.share(key, 0, async () => {
      return (await this.fromRedis(key, now)) ?? this.fromStore(key, now, loadFromStore);
    });
  }

  /**
   * As `find`, for many keys: one message to Redis with those that memory lacks, and one look at the store for those that Redis lacks.
   *
   * @param loadAllFromStore what it throws goes to the caller
   * @returns those that were found
   */
  async findAll(
    keys: Iterable<PreviewKey>,
    now: number,
    loadAllFromStore: LoadAllFromStore,
  ): Promise<ReadonlyMap<PreviewKey, Found>> {
    const found = new Map<PreviewKey, Found>();
    const missing = new Set<PreviewKey>();
    for (const key of keys) {
      const local = this.findInMemory(key);
      if (local === undefined) missing.add(key);
      else found.set(key, local);
    }
    await this.takeAll(missing, found, async (wanted) => {
      const packed = await this.shared.mget<string>(wanted);
      return (place) => this.unpacked(wanted[place]!, packed[place], now);
    });
    await this.takeAll(missing, found, async (wanted) => {
      const entries = await loadAllFromStore(wanted);
      return (place) => this.loaded(entries[place], now);
    });
    return found;
  }

  /** Moves what a tier has from the missing to the found. */
  private async takeAll(
    missing: Set<PreviewKey>,
    found: Map<PreviewKey, Found>,
    look: (wanted: PreviewKey[]) => Promise<(place: number) => Found | undefined>,
  ): Promise<void> {
    if (missing.size === 0) return;
    const wanted = [...missing];
    const at = await look(wanted);
    for (const [place, key] of wanted.entries()) {
      if (place > 0 && place % SLICE === 0) await nextTurn();
      const one = at(place);
      if (one === undefined) continue;
      found.set(key, one);
      missing.delete(key);
    }
  }

  /** As `find`, but passes over copies that aren't newer than a version; what the store has is the last word. */
  async findNewer(
    key: PreviewKey,
    version: number,
    now: number,
    loadFromStore: LoadFromStore,
  ): Promise<Found | undefined> {
    const local = this.findInMemory(key);
    if (local !== undefined && local.copy.version > version) return local;
    return this.lookups.share(key, version, async () => {
      const shared = await this.fromRedis(key, now);
      if (shared !== undefined && shared.copy.version > version) return shared;
      return this.fromStore(key, now, loadFromStore);
    });
  }

  private async fromRedis(key: PreviewKey, now: number): Promise<Found | undefined> {
    return this.unpacked(key, await this.reads.read(key), now);
  }

  private unpacked(key: PreviewKey, packed: string | undefined, now: number): Found | undefined {
    const copy = packed === undefined ? undefined : PreviewCopy.unpack(key, packed);
    if (copy === undefined || this.isOutdated(copy)) return undefined;
    this.memory?.keep(copy, now);
    return { copy, tier: 'L2' };
  }

  private async fromStore(
    key: PreviewKey,
    now: number,
    loadFromStore: LoadFromStore,
  ): Promise<Found | undefined> {
    return this.loaded(await loadFromStore(key), now);
  }

  private loaded(entry: PreviewEntry | undefined, now: number): Found | undefined {
    if (entry === undefined) return undefined;
    const copy = PreviewCopy.of(entry);
    if (this.isOutdated(copy)) return undefined;
    this.memory?.keep(copy, now);
    void this.fill(copy, now); // the reader need not wait for the next one's benefit; failures are reported by the tier
    return { copy, tier: 'L3' };
  }

  /** Puts an entry into Redis for the rest of its life; a newer version that is there already stays. */
  async put(entry: PreviewEntry, now: number): Promise<void> {
    await this.fill(PreviewCopy.of(entry), now);
  }

  private async fill(copy: PreviewCopy, now: number): Promise<void> {
    const ttlMs = remainingLifetimeMs(copy, now);
    if (ttlMs > 0) await this.shared.set(copy.key, copy, ttlMs);
  }

  /**
   * Puts a version that has just been stored, and has the gateways told to let go of older ones; who publishes doesn't wait for that, as who looks for this version finds it.
   * What fails is healed by their `maxAgeMs`.
   */
  async publish(entry: PreviewEntry, now: number): Promise<void> {
    await this.put(entry, now);
    this.floors.announce({ keys: [entry.key], version: entry.version }).catch(() => undefined);
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

  private isOutdated(copy: PreviewCopy): boolean {
    return this.memory?.isOutdated(copy) ?? false;
  }
}

import { type PreviewKey, withinDeadline } from '#libs/preview';
import type { CacheRedis } from '#libs/redis';
import { Broadcast } from './broadcast.js';
import { REPLACE_OLDER } from './replace-older.js';
import { decodeFloor, encodeFloor, type VersionFloor } from './version-floor.js';

/** Redis channel of floors. */
const FLOORS = 'warmlink:floors:2';

/** Most keys in one message. */
const KEYS_PER_MESSAGE = 1_000;

/** How long a purge's mark keeps the place of a purged entry, in ms: longer than any look at the store can be under way. */
const TOMBSTONE_MS = 600_000;

/** Longest wait for Redis to tell of a new version, in ms. */
const ANNOUNCE_DEADLINE_MS = 100;

/** Longest wait for Redis to take a batch of marks, in ms. */
const BURY_DEADLINE_MS = 5_000;

/** Longest wait for the gateways to say that they know, in ms. Who stays silent lets go of its memory by age, or when it reconnects. */
const ACK_DEADLINE_MS = 500;

/** What stands in Redis where an entry was purged. */
export interface Tombstone {
  readonly version: number;
  readonly purged: true;
}

export interface FloorListener {
  readonly onFloor: (floor: VersionFloor) => void;
  /** There is a connection, the first or a new one: floors may have been missed. */
  readonly onConnected: () => void;
}

/** Tells all gateways which versions are out of date, and marks in Redis what was purged. */
export class FloorChannel {
  private readonly broadcast: Broadcast;

  constructor(
    private readonly redis: CacheRedis,
    /** Namespace of the entries, with its colon. */
    private readonly prefix: string,
  ) {
    this.broadcast = new Broadcast(redis, FLOORS);
  }

  /** Hears of floors from now on, its own included. */
  listen({ onFloor, onConnected }: FloorListener): void {
    this.broadcast.listen({
      onConnected,
      onMessage: (text) => {
        const floor = decodeFloor(text);
        if (floor !== undefined) onFloor(floor);
      },
    });
  }

  /** @throws when Redis doesn't take it, or not in time */
  async announce(floor: VersionFloor): Promise<void> {
    await this.broadcast.tell(encodeFloor(floor), ANNOUNCE_DEADLINE_MS);
  }

  /**
   * Puts a mark in the place of each key, which nothing fills, and which only a newer version replaces; then tells the gateways, and waits
   * until they know.
   *
   * @throws when Redis didn't take all of it: the purge is not done
   */
  async bury({ keys, version }: VersionFloor): Promise<void> {
    let ackMs = ACK_DEADLINE_MS;
    for (let start = 0; start < keys.length; start += KEYS_PER_MESSAGE) {
      const batch = keys.slice(start, start + KEYS_PER_MESSAGE);
      await withinDeadline(this.mark(batch, version), BURY_DEADLINE_MS, 'marking what was purged');
      const floor = encodeFloor({ keys: batch, version });
      const allKnow = await this.broadcast.tellAndWait(floor, { sentMs: BURY_DEADLINE_MS, ackMs });
      if (!allKnow) ackMs = 0; // a gateway that is silent is waited for once, not for each batch
    }
  }

  private async mark(keys: readonly PreviewKey[], version: number): Promise<void> {
    const tombstone = JSON.stringify({ version, purged: true });
    const marking = [String(version), tombstone, String(TOMBSTONE_MS)];
    // What has been stored since the purge was noted is newer, and stays.
    await Promise.all(keys.map((key) => this.redis.run(REPLACE_OLDER, this.prefix + key, marking)));
  }
}

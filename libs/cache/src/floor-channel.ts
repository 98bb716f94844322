import type { RedisClientType } from '@redis/client';
import { type PreviewKey, withinDeadline } from '#libs/preview';
import { encodeFloor, FLOOR_CHANNEL, KEYS_PER_MESSAGE, type VersionFloor } from './version-floor.js';

/** How long a purge's mark keeps the place of a purged entry, in ms: longer than any look at the store can be under way. */
const TOMBSTONE_MS = 600_000;

/** Longest wait for a batch of marks, in ms. */
const BURY_DEADLINE_MS = 5_000;

/** Tells all gateways which versions are out of date, and marks in Redis what was purged. */
export class FloorChannel {
  constructor(
    private readonly client: RedisClientType,
    /** Namespace of the entries, with its colon. */
    private readonly prefix: string,
  ) {}

  /** @throws when Redis doesn't take it */
  async announce(floor: VersionFloor): Promise<void> {
    await this.client.publish(FLOOR_CHANNEL, encodeFloor(floor));
  }

  /**
   * Puts a mark in the place of each key, which nothing fills, and which only a newer version replaces; then tells the gateways.
   *
   * @throws when Redis didn't take all of it: the purge is not done
   */
  async bury({ keys, version }: VersionFloor): Promise<void> {
    for (let start = 0; start < keys.length; start += KEYS_PER_MESSAGE) {
      const batch = keys.slice(start, start + KEYS_PER_MESSAGE);
      await withinDeadline(this.buryBatch(batch, version), BURY_DEADLINE_MS, 'marking what was purged');
    }
  }

  private async buryBatch(keys: readonly PreviewKey[], version: number): Promise<void> {
    const tombstone = JSON.stringify({ version, purged: true });
    await Promise.all(keys.map((key) => this.client.set(this.prefix + key, tombstone, { PX: TOMBSTONE_MS })));
    await this.announce({ keys, version });
  }
}

/** What stands in Redis where an entry was purged. */
export interface Tombstone {
  readonly version: number;
  readonly purged: true;
}

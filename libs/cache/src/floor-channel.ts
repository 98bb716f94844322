import { randomUUID } from 'node:crypto';
import { type PreviewKey, withinDeadline } from '#libs/preview';
import type { CacheRedis } from '#libs/redis';
import { REPLACE_OLDER } from './replace-older.js';
import { decodeFloor, encodeFloor, type VersionFloor } from './version-floor.js';

/** Redis channels: floors, and the gateways' word that they know one. */
const FLOORS = 'warmlink:floors:1';
const ACKS = 'warmlink:floor-acks:1';

/** Most keys in one message. */
const KEYS_PER_MESSAGE = 1_000;

/** How long a purge's mark keeps the place of a purged entry, in ms: longer than any look at the store can be under way. */
const TOMBSTONE_MS = 600_000;

/** Longest wait for Redis to tell of a new version, in ms. Nobody waits for that but a worker, which has other pages to scrape. */
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
  /** Messages whose receivers haven't all answered: how many did, and who is told. */
  private readonly unanswered = new Map<string, { acks: number; onAck: () => void }>();

  constructor(
    private readonly redis: CacheRedis,
    /** Namespace of the entries, with its colon. */
    private readonly prefix: string,
  ) {}

  /** Hears of floors from now on, its own included. */
  listen({ onFloor, onConnected }: FloorListener): void {
    this.redis.listen(FLOORS, {
      onConnected,
      onMessage: (text) => {
        const message = decodeFloor(text);
        if (message === undefined) return;
        onFloor(message);
        // Not to be told means to be waited for: no harm in a failure.
        if (message.ackId !== undefined)
          this.redis.client.publish(ACKS, message.ackId).catch(() => undefined);
      },
    });
    this.redis.listen(ACKS, { onConnected: () => undefined, onMessage: (id) => this.answered(id) });
  }

  /** @throws when Redis doesn't take it, or not in time */
  async announce(floor: VersionFloor): Promise<void> {
    const published = this.redis.client.publish(FLOORS, encodeFloor(floor));
    await withinDeadline(published, ANNOUNCE_DEADLINE_MS, 'telling of a new version');
  }

  /**
   * Puts a mark in the place of each key, which nothing fills, and which only a newer version replaces; then tells the gateways, and waits
   * until they know.
   *
   * @throws when Redis didn't take all of it: the purge is not done
   */
  async bury({ keys, version }: VersionFloor): Promise<void> {
    let ackDeadlineMs = ACK_DEADLINE_MS;
    for (let start = 0; start < keys.length; start += KEYS_PER_MESSAGE) {
      const batch = keys.slice(start, start + KEYS_PER_MESSAGE);
      await withinDeadline(this.mark(batch, version), BURY_DEADLINE_MS, 'marking what was purged');
      const allKnow = await this.tellAndWait({ keys: batch, version }, ackDeadlineMs);
      if (!allKnow) ackDeadlineMs = 0; // a gateway that is silent is waited for once, not for each batch
    }
  }

  private async mark(keys: readonly PreviewKey[], version: number): Promise<void> {
    const tombstone = JSON.stringify({ version, purged: true });
    const marking = { arguments: [String(version), tombstone, String(TOMBSTONE_MS)] };
    const { client } = this.redis;
    // What has been stored since the purge was noted is newer, and stays.
    await Promise.all(
      keys.map((key) => client.eval(REPLACE_OLDER, { keys: [this.prefix + key], ...marking })),
    );
  }

  /** @returns whether every gateway said that it knows */
  private async tellAndWait(floor: VersionFloor, ackDeadlineMs: number): Promise<boolean> {
    const ackId = randomUUID();
    let expected = Number.POSITIVE_INFINITY;
    const all = new Promise<void>((resolve) => {
      const message = {
        acks: 0,
        onAck: () => {
          if (message.acks >= expected) resolve();
        },
      };
      this.unanswered.set(ackId, message);
    });
    try {
      const published = this.redis.client.publish(FLOORS, encodeFloor({ ...floor, ackId }));
      expected = await withinDeadline(published, BURY_DEADLINE_MS, 'telling of a purge');
      this.unanswered.get(ackId)?.onAck(); // answers can be faster than the count of receivers
      const heard = withinDeadline(all, ackDeadlineMs, 'hearing from the gateways');
      return await heard.then(
        () => true,
        () => false,
      );
    } finally {
      this.unanswered.delete(ackId);
    }
  }

  private answered(id: string): void {
    const message = this.unanswered.get(id);
    if (message === undefined) return;
    message.acks += 1;
    message.onAck();
  }
}

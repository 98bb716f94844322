import { Broadcast } from '#libs/cache';
import type { CacheRedis } from '#libs/redis';

/** Redis channel of the ids of keys that were revoked. */
const REVOKED_KEYS = 'warmlink:revoked-keys:1';

/** Longest waits of whoever revokes a key, in ms: for Redis, and for the gateways to say that they know. */
const PATIENCE = { sentMs: 1_000, ackMs: 1_000 };

export interface RevocationListener {
  readonly onRevoked: (id: string) => void;
  /** Revocations may have been missed. */
  readonly onConnected: () => void;
}

/** Has all gateways let go of a key. */
export class RevocationChannel {
  private readonly broadcast: Broadcast;

  constructor(redis: CacheRedis) {
    this.broadcast = new Broadcast(redis, REVOKED_KEYS);
  }

  listen({ onRevoked, onConnected }: RevocationListener): void {
    this.broadcast.listen({ onMessage: onRevoked, onConnected });
  }

  /**
   * For a gateway, which listens, too.
   *
   * @returns whether all gateways that are connected said that they know
   * @throws when Redis doesn't take it, or not in time
   */
  tellAndWait(id: string): Promise<boolean> {
    return this.broadcast.tellAndWait(id, PATIENCE);
  }

  /**
   * For who doesn't listen.
   *
   * @returns how many gateways were sent it
   * @throws when Redis doesn't take it, or not in time
   */
  tell(id: string): Promise<number> {
    return this.broadcast.tellCounted(id, PATIENCE.sentMs);
  }
}

/** Told of what happens to the connection, so that the app can log and count it. */
export interface CacheRedisEvents {
  readonly onError?: (error: Error) => void;
}

/** What a listener on a channel hears. */
export interface ChannelEvents {
  readonly onMessage: (message: string) => void;
  /** There is a connection, the first or a new one: whatever was said in between is lost. */
  readonly onConnected: () => void;
}

/**
 * The connection to the Redis that caches, be that one server or a cluster. It fails fast: without a connection every command rejects at once
 * (no offline queue), because a reader is better served by the next tier than by waiting. No command has a deadline of its own.
 */
export abstract class CacheRedis {
  /** Resolves once connected. Without a server it goes on trying, so the caller sets a limit to its patience. */
  abstract connect(): Promise<void>;

  /** Whether there is a connection; a server that is frozen keeps it for a while. */
  abstract readonly isConnected: boolean;

  /** Resolves when the server answers; of a cluster each one that has keys. */
  abstract ping(): Promise<void>;

  abstract get(key: string): Promise<string | null>;

  /** Stores a text for so long, in ms. */
  abstract set(key: string, text: string, ttlMs: number): Promise<void>;

  /** The same where nothing is. @returns whether it did */
  abstract fill(key: string, bytes: Buffer, ttlMs: number): Promise<boolean>;

  /** Has a key go after so long (ms) from now on; never with null. */
  abstract expire(key: string, ttlMs: number | null): Promise<void>;

  /** Runs a script on one key. @returns what the script does */
  abstract run(script: string, key: string, args: readonly (string | Buffer)[]): Promise<unknown>;

  /**
   * Keys by a name, one on each server that has keys: what is lost with a server shows there.
   *
   * @throws when none is known
   */
  abstract onEachServer(name: string): readonly string[];

  abstract publish(channel: string, message: string): Promise<void>;

  /** Publishes, and tells how many listen: they have been sent it. */
  abstract publishCounted(channel: string, message: string): Promise<number>;

  /** Listens on a channel, over a connection of its own, for as long as the process lives. Never waits for the server. */
  abstract listen(channel: string, events: ChannelEvents): void;

  /** Nothing else closes these connections: cache-manager leaves its stores' clients alone. */
  abstract close(): Promise<void>;
}

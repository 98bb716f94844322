import { createClient, type RedisClientType } from '@redis/client';

/** Told of what happens to the connection, so that the app can log and count it. */
export interface CacheRedisEvents {
  readonly onError?: (error: Error) => void;
}

/** Longest wait for a TCP connection, in ms. The client tries again by itself, for ever. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * The connection to the Redis that caches. It fails fast: without a connection every command rejects at once
 * (no offline queue), because a reader is better served by the next tier than by waiting.
 */
export class CacheRedis {
  readonly client: RedisClientType;

  constructor(url: string, events: CacheRedisEvents = {}) {
    this.client = createClient({
      url,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000),
      },
    });
    // Without a listener the client throws its connection errors into the process.
    this.client.on('error', (error: Error) => events.onError?.(error));
  }

  /** Resolves once connected. Without a server it goes on trying, so the caller sets a limit to its patience. */
  async connect(): Promise<void> {
    await this.client.connect();
  }

  /** Resolves when the server answers; sets no deadline of its own. */
  async ping(): Promise<void> {
    await this.client.ping();
  }

  /** Nothing else closes this connection: cache-manager leaves its stores' clients alone. */
  async close(): Promise<void> {
    if (this.client.isOpen) await this.client.disconnect();
  }
}

import { createClient, type RedisClientType } from '@redis/client';

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

/** Longest wait for a TCP connection, in ms. The client tries again by itself, for ever. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * The connection to the Redis that caches. It fails fast: without a connection every command rejects at once
 * (no offline queue), because a reader is better served by the next tier than by waiting.
 */
export class CacheRedis {
  readonly client: RedisClientType;
  private readonly listeners: RedisClientType[] = [];

  constructor(
    url: string,
    private readonly events: CacheRedisEvents = {},
  ) {
    this.client = createClient({
      url,
      disableOfflineQueue: true,
      pingInterval: 1_000, // a connection whose other end is gone without a word is found out
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000),
      },
    });
    this.watch(this.client);
  }

  /** Resolves once connected. Without a server it goes on trying, so the caller sets a limit to its patience. */
  async connect(): Promise<void> {
    await this.client.connect();
  }

  /** Listens on a channel, over a connection of its own, for as long as the process lives. Never waits for the server. */
  listen(channel: string, { onMessage, onConnected }: ChannelEvents): void {
    const listener = this.client.duplicate();
    this.watch(listener);
    listener.on('ready', onConnected);
    this.listeners.push(listener);
    // Rejects only when the process closes it before there was a connection.
    listener
      .connect()
      .then(() => listener.subscribe(channel, onMessage))
      .catch((error: Error) => this.events.onError?.(error));
  }

  /** Resolves when the server answers; sets no deadline of its own. */
  async ping(): Promise<void> {
    await this.client.ping();
  }

  /** Nothing else closes these connections: cache-manager leaves its stores' clients alone. */
  async close(): Promise<void> {
    const open = [this.client, ...this.listeners].filter((client) => client.isOpen);
    await Promise.all(open.map((client) => client.disconnect()));
  }

  /** Without a listener the client throws its connection errors into the process. */
  private watch(client: RedisClientType): void {
    client.on('error', (error: Error) => this.events.onError?.(error));
  }
}

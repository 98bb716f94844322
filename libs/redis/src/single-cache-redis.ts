import { createClient, type RedisClientType } from '@redis/client';
import { CacheRedis, type CacheRedisEvents, type ChannelEvents } from './cache-redis.js';

/** Longest wait for a TCP connection, in ms. The client tries again by itself, for ever. */
const CONNECT_TIMEOUT_MS = 2_000;

/** The Redis that caches, where it is one server. */
export class SingleCacheRedis extends CacheRedis {
  readonly client: RedisClientType;
  private readonly listeners: RedisClientType[] = [];

  constructor(
    url: string,
    private readonly events: CacheRedisEvents = {},
  ) {
    super();
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

  async connect(): Promise<void> {
    await this.client.connect();
  }

  get isConnected(): boolean {
    return this.client.isReady;
  }

  async ping(): Promise<void> {
    await this.client.ping();
  }

  get(key: string): Promise<string | null> {
    return this.client.get(key);
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    await this.client.set(key, text, { PX: ttlMs });
  }

  async fill(key: string, bytes: Buffer, ttlMs: number): Promise<boolean> {
    return (await this.client.set(key, bytes, { PX: ttlMs, NX: true })) !== null;
  }

  async expire(key: string, ttlMs: number | null): Promise<void> {
    await (ttlMs === null ? this.client.persist(key) : this.client.pExpire(key, ttlMs));
  }

  run(script: string, key: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    return this.client.sendCommand(['EVAL', script, '1', key, ...args]); // not by `eval`, which is typed for texts alone
  }

  onEachServer(name: string): readonly string[] {
    return [name];
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.client.publish(channel, message);
  }

  publishCounted(channel: string, message: string): Promise<number> {
    return this.client.publish(channel, message);
  }

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

  async close(): Promise<void> {
    const open = [this.client, ...this.listeners].filter((client) => client.isOpen);
    await Promise.all(open.map((client) => client.disconnect()));
  }

  /** Without a listener the client throws its connection errors into the process. */
  private watch(client: RedisClientType): void {
    client.on('error', (error: Error) => this.events.onError?.(error));
  }
}

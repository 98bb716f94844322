import { Cluster, type Redis } from 'ioredis';
import { CacheRedis, type CacheRedisEvents, type ChannelEvents } from './cache-redis.js';
import { ClusterListener } from './cluster-listener.js';
import { clusterOptions } from './cluster-options.js';
import { keySlot } from './key-slot.js';
import type { RedisAddress } from './redis-address.js';

/** Most texts that are tried for a key on each node: some ten are enough for three of them. */
const MOST_TAGS = 100_000;

/** What a node says of a key that another has. */
const HAS_MOVED = /^(MOVED|ASK) /;

/** What the client says of a node that refuses connections, or has ended them. */
const IS_GONE = /Connection is closed/;

/** The Redis that caches, where it is a cluster: each key on one of several masters, each of which a replica may replace at any time. */
export class ClusterCacheRedis extends CacheRedis {
  private readonly cluster: Cluster;
  private readonly closing = new AbortController();
  private readonly listeners: ClusterListener[] = [];

  constructor(
    address: RedisAddress,
    private readonly events: CacheRedisEvents = {},
  ) {
    super();
    this.cluster = new Cluster([...address.nodes], {
      ...clusterOptions(address, this.closing.signal),
      enableOfflineQueue: false,
      lazyConnect: true,
    });
    const onError = (error: Error) => events.onError?.(error);
    this.cluster.on('error', onError);
    this.cluster.on('node error', onError);
    // Before it is needed: who comes while the connection is being made is refused.
    this.cluster.on('+node', (node: Redis) => {
      if (node.options.readOnly !== true) node.connect().catch(() => undefined); // told as an error of the node
    });
  }

  async connect(): Promise<void> {
    await this.cluster.connect();
    await Promise.allSettled(this.masters.map((node) => node.ping()));
  }

  get isConnected(): boolean {
    return this.cluster.status === 'ready';
  }

  async ping(): Promise<void> {
    if (this.masters.length === 0) throw new Error('the cluster has no node that is known');
    await Promise.all(this.masters.map((node) => node.ping()));
  }

  /** Who has a key, its master first: the same text for all keys of a node, and another one once a replica has taken over. */
  nodeOf(key: string): string {
    return this.cluster.slots[keySlot(key)]?.join(';') ?? 'unknown';
  }

  get(key: string): Promise<string | null> {
    return this.cluster.get(key);
  }

  /**
   * Values of keys of one node, in one message. A key that moves to another node meanwhile is followed there.
   *
   * @throws when there are none at all; a single one that can't be had is missing
   */
  async getAll(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    const message = this.cluster.pipeline();
    for (const key of keys) message.getBuffer(key);
    // Refused as a whole where its keys turn out to be at several nodes by now; then each is asked for by itself.
    const replies = await message.exec().catch(() => null);
    const values = keys.map((key, place) => this.followed(key, replies?.[place]));
    const settled = await Promise.allSettled(values);
    if (settled.every(({ status }) => status === 'rejected')) await values[0];
    return settled.map((one) => (one.status === 'fulfilled' ? one.value : null));
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    await this.cluster.set(key, text, 'PX', ttlMs);
  }

  async fill(key: string, bytes: Buffer, ttlMs: number): Promise<boolean> {
    return (await this.cluster.set(key, bytes, 'PX', ttlMs, 'NX')) !== null;
  }

  async expire(key: string, ttlMs: number | null): Promise<void> {
    await (ttlMs === null ? this.cluster.persist(key) : this.cluster.pexpire(key, ttlMs));
  }

  run(script: string, key: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    return this.cluster.eval(script, 1, key, ...args);
  }

  onEachServer(name: string): readonly string[] {
    const found = new Map<string, string>();
    const nodes = new Set(this.cluster.slots.map(([master]) => master));
    for (let tag = 0; found.size < nodes.size && tag < MOST_TAGS; tag += 1) {
      const key = `${name}:{${tag}}`;
      const master = this.cluster.slots[keySlot(key)]?.[0];
      if (master !== undefined && !found.has(master)) found.set(master, key);
    }
    if (found.size === 0) throw new Error('the cluster has no node that is known');
    return [...found.values()];
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.cluster.publish(channel, message); // nodes tell each other
  }

  /** @throws also when a node doesn't say who listens there: they may not have been sent it */
  async publishCounted(channel: string, message: string): Promise<number> {
    await this.publish(channel, message);
    const counts = await Promise.all(this.cluster.nodes().map((node) => listenersAt(node, channel)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  listen(channel: string, events: ChannelEvents): void {
    const onError = (error: unknown) => this.events.onError?.(error as Error);
    this.listeners.push(new ClusterListener(this.cluster, channel, { ...events, onError }));
  }

  async close(): Promise<void> {
    this.closing.abort();
    for (const listener of this.listeners) listener.close();
    this.cluster.disconnect();
  }

  private get masters(): Redis[] {
    return this.cluster.nodes('master');
  }

  private async followed(
    key: string,
    reply: readonly [error: Error | null, value: unknown] | undefined,
  ): Promise<Buffer | null> {
    if (reply === undefined) return this.cluster.getBuffer(key);
    const [error, value] = reply;
    if (error === null) return value as Buffer | null;
    if (HAS_MOVED.test(error.message)) return this.cluster.getBuffer(key);
    throw error;
  }
}

async function listenersAt(node: Redis, channel: string): Promise<number> {
  try {
    const [, count] = await node.pubsub('NUMSUB', channel);
    return Number(count);
  } catch (error) {
    // Who listened there has lost his connection, too, and hears so.
    if (error instanceof Error && IS_GONE.test(error.message)) return 0;
    throw error;
  }
}

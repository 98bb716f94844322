import type { StoredData } from 'keyv';
import { LRUCache } from 'lru-cache';
import { type PreviewCopy, withinDeadline } from '#libs/preview';
import type { CircuitBreaker, ClusterCacheRedis } from '#libs/redis';
import { type RedisTierWrites, writeCopy } from './write-copy.js';

export interface ClusterTierOptions {
  readonly redis: ClusterCacheRedis;
  readonly writes: RedisTierWrites;
  /** Longest wait for any one node, in ms. */
  readonly deadlineMs: number;
  /** A command failed or was late. Readers see a miss; the app logs and counts it. */
  readonly onError: (error: unknown) => void;
  /** Made for each node: while one is replaced the others are asked as ever. */
  readonly aBreaker: () => CircuitBreaker;
}

/** Most nodes that are remembered, in clusters whose addresses come and go. */
const MOST_NODES = 256;

/**
 * The second tier where Redis is a cluster, as Keyv sees it: keys are divided by the node that has them, and each node is asked by itself, with a deadline and a breaker of its
 * own. What `RedisTier` says of envelopes and versions holds here, too.
 */
export class ClusterTier {
  readonly opts = {}; // Keyv looks into it
  private readonly breakers = new LRUCache<string, CircuitBreaker>({ max: MOST_NODES });

  constructor(private readonly options: ClusterTierOptions) {}

  async get<T>(key: string): Promise<StoredData<T> | undefined> {
    const [data] = await this.getMany<T>([key]);
    return data as StoredData<T> | undefined;
  }

  async getMany<T>(keys: string[]): Promise<StoredData<T | undefined>[]> {
    const found: StoredData<T | undefined>[] = Array.from({ length: keys.length });
    await Promise.all(
      [...this.placesByNode(keys)].map(async ([node, places]) => {
        const ofNode = places.map((place) => keys[place]!);
        const values = await this.guarded(node, 'GET', () => this.options.redis.getAll(ofNode));
        for (const [index, bytes] of values?.entries() ?? [])
          if (bytes !== null) found[places[index]!] = { value: bytes.toString('latin1') as T };
      }),
    );
    return found;
  }

  async set(key: string, { value }: { value: PreviewCopy }, ttlMs: number): Promise<boolean> {
    const { redis, writes } = this.options;
    const write = () => writeCopy(redis, writes, key, value, ttlMs);
    return (await this.guarded(redis.nodeOf(key), 'SET', write)) ?? false;
  }

  /** Previews are replaced and marked, and go by age. */
  delete(): Promise<boolean> {
    return Promise.reject(new Error('No entry is deleted.'));
  }

  clear(): Promise<void> {
    return Promise.reject(new Error('The cache is never flushed as a whole.'));
  }

  /** As Keyv has it of a store; what fails goes to `onError`. */
  on(): this {
    return this;
  }

  private placesByNode(keys: readonly string[]): ReadonlyMap<string, readonly number[]> {
    const places = new Map<string, number[]>();
    for (const [place, key] of keys.entries()) {
      const node = this.options.redis.nodeOf(key);
      const ofNode = places.get(node);
      if (ofNode === undefined) places.set(node, [place]);
      else ofNode.push(place);
    }
    return places;
  }

  private guarded<T>(node: string, command: string, work: () => Promise<T>): Promise<T | undefined> {
    const { aBreaker, deadlineMs, onError } = this.options;
    let breaker = this.breakers.get(node);
    if (breaker === undefined) this.breakers.set(node, (breaker = aBreaker()));
    return breaker.call(() => withinDeadline(work(), deadlineMs, `Redis ${command} (${node})`), onError);
  }
}

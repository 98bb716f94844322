import { commandOptions } from '@redis/client';
import { KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import type { StoredData } from 'keyv';
import { type PreviewCopy, withinDeadline } from '#libs/preview';
import type { CircuitBreaker, SingleCacheRedis } from '#libs/redis';
import { type RedisTierWrites, writeCopy } from './write-copy.js';

export interface RedisTierOptions {
  readonly redis: SingleCacheRedis;
  readonly writes: RedisTierWrites;
  /** Longest wait for any one command, in ms. A frozen server never answers, and no client library notices. */
  readonly deadlineMs: number;
  /** A command failed or was late. Readers see a miss; the app logs and counts it. */
  readonly onError: (error: unknown) => void;
  readonly breaker: CircuitBreaker;
}

/** Redis's texts are bytes, of which only some are UTF-8. */
const AS_BYTES = commandOptions({ returnBuffers: true });

/**
 * The second tier, as cache-manager sees it. It adds to cache-manager-redis-yet what that store lacks: a deadline on every
 * command, and writes that respect versions. Keyv's own envelope (`{value, expires}`) stays out of Redis:
 * its expiry is checked against the reader's clock, and a reader whose clock is fast would *delete* good entries.
 */
export class RedisTier extends KeyvAdapter {
  constructor(private readonly options: RedisTierOptions) {
    super(redisInsStore(options.redis.client as never)); // typed against the client with all of Redis's modules; it uses none
  }

  override async get<T>(key: string): Promise<StoredData<T> | undefined> {
    const [data] = await this.getMany<T>([key]);
    return data as StoredData<T> | undefined;
  }

  override async getMany<T>(keys: string[]): Promise<StoredData<T | undefined>[]> {
    const values = await this.guarded('Redis MGET', () => this.options.redis.client.mGet(AS_BYTES, keys));
    return keys.map((_, place) => {
      const bytes = values?.[place];
      return bytes == null ? undefined : { value: bytes.toString('latin1') as T };
    });
  }

  override async set(key: string, envelope: { value: PreviewCopy }, ttlMs: number): Promise<boolean> {
    const { redis, writes } = this.options;
    const write = () => writeCopy(redis, writes, key, envelope.value, ttlMs);
    const written = await this.guarded('Redis SET', write);
    return written ?? false;
  }

  override async delete(key: string): Promise<boolean> {
    return (await this.guarded('Redis DEL', () => super.delete(key))) ?? false;
  }

  /** cache-manager-redis-yet would run FLUSHDB; nothing here ever does. */
  override clear(): Promise<void> {
    return Promise.reject(new Error('The cache is never flushed as a whole.'));
  }

  private guarded<T>(what: string, command: () => Promise<T>): Promise<T | undefined> {
    const { breaker, deadlineMs, onError } = this.options;
    return breaker.call(() => withinDeadline(command(), deadlineMs, what), onError);
  }
}

import type { RedisClientType } from '@redis/client';
import { KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import type { StoredData } from 'keyv';
import { type PreviewEntry, withinDeadline } from '#libs/preview';
import type { CircuitBreaker } from '#libs/redis';
import { REPLACE_OLDER } from './replace-older.js';

/**
 * What a process may do to an entry that is already there. A worker *replaces* older versions; a gateway only *fills*
 * an empty place, so that a slow one can't bring back what a worker has replaced meanwhile.
 */
export type RedisTierWrites = 'replace' | 'fill';

export interface RedisTierOptions {
  readonly client: RedisClientType;
  readonly writes: RedisTierWrites;
  /** Longest wait for any one command, in ms. A frozen server never answers, and no client library notices. */
  readonly deadlineMs: number;
  /** A command failed or was late. Readers see a miss; the app logs and counts it. */
  readonly onError: (error: unknown) => void;
  readonly breaker: CircuitBreaker;
}

/**
 * The second tier, as cache-manager sees it. It adds to cache-manager-redis-yet what that store lacks: a deadline on every
 * command, and writes that respect versions. Keyv's own envelope (`{value, expires}`) stays out of Redis:
 * its expiry is checked against the reader's clock, and a reader whose clock is fast would *delete* good entries.
 */
export class RedisTier extends KeyvAdapter {
  constructor(private readonly options: RedisTierOptions) {
    super(redisInsStore(options.client as never)); // typed against the client with all of Redis's modules; it uses none
  }

  override async get<T>(key: string): Promise<StoredData<T> | undefined> {
    const value = await this.guarded('Redis GET', () => super.get<T>(key));
    return value === undefined ? undefined : { value: value as T };
  }

  override async set(key: string, envelope: { value: PreviewEntry }, ttlMs: number): Promise<boolean> {
    const { value } = envelope;
    const written = await this.guarded('Redis SET', () => this.write(key, value, ttlMs));
    return written ?? false;
  }

  override async delete(key: string): Promise<boolean> {
    return (await this.guarded('Redis DEL', () => super.delete(key))) ?? false;
  }

  /** cache-manager-redis-yet would run FLUSHDB; nothing here ever does. */
  override clear(): Promise<void> {
    return Promise.reject(new Error('The cache is never flushed as a whole.'));
  }

  private async write(key: string, entry: PreviewEntry, ttlMs: number): Promise<boolean> {
    const { client, writes } = this.options;
    const { version, ...rest } = entry;
    const text = JSON.stringify({ version, ...rest }); // version first: REPLACE_OLDER looks there
    if (writes === 'fill') return (await client.set(key, text, { PX: ttlMs, NX: true })) !== null;
    const arguments_ = [String(version), text, String(ttlMs)];
    return (await client.eval(REPLACE_OLDER, { keys: [key], arguments: arguments_ })) === 1;
  }

  private guarded<T>(what: string, command: () => Promise<T>): Promise<T | undefined> {
    const { breaker, deadlineMs, onError } = this.options;
    return breaker.call(() => withinDeadline(command(), deadlineMs, what), onError);
  }
}

import type { PreviewCopy } from '#libs/preview';
import type { CacheRedis } from '#libs/redis';
import { REPLACE_OLDER } from './replace-older.js';

/**
 * What a process may do to an entry that is already there. A worker *replaces* older versions; a gateway only *fills*
 * an empty place, so that a slow one can't bring back what a worker has replaced meanwhile.
 */
export type RedisTierWrites = 'replace' | 'fill';

/** Stores a copy for so long, in ms. @returns whether it did */
export async function writeCopy(
  redis: CacheRedis,
  writes: RedisTierWrites,
  key: string,
  copy: PreviewCopy,
  ttlMs: number,
): Promise<boolean> {
  const bytes = Buffer.from(copy.pack(), 'latin1');
  if (writes === 'fill') return redis.fill(key, bytes, ttlMs);
  return (await redis.run(REPLACE_OLDER, key, [String(copy.version), bytes, String(ttlMs)])) === 1;
}

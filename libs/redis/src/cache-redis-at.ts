import type { CacheRedis, CacheRedisEvents } from './cache-redis.js';
import { ClusterCacheRedis } from './cluster-cache-redis.js';
import { redisAddress } from './redis-address.js';
import { SingleCacheRedis } from './single-cache-redis.js';

/** The caching Redis at an address, of either kind; not connected yet. */
export function cacheRedisAt(url: string, events: CacheRedisEvents = {}): CacheRedis {
  const address = redisAddress(url);
  return address.isCluster ? new ClusterCacheRedis(address, events) : new SingleCacheRedis(url, events);
}

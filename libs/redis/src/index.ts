export { CacheRedis, type CacheRedisEvents, type ChannelEvents } from './cache-redis.js';
export { cacheRedisAt } from './cache-redis-at.js';
export { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.js';
export { ClusterCacheRedis } from './cluster-cache-redis.js';
export {
  type ConsumerConnection,
  consumerConnection,
  leave,
  type ProducerOptions,
  producerRedis,
  QUEUE_PREFIX,
  type QueueRedis,
} from './queue-redis.js';
export { redisEnv } from './redis.env.js';
export { SingleCacheRedis } from './single-cache-redis.js';

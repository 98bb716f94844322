export { CacheRedis, type CacheRedisEvents, type ChannelEvents } from './cache-redis.js';
export { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.js';
export { consumerConnection, producerConnection, QUEUE_PREFIX } from './queue-redis.js';
export { redisEnv } from './redis.env.js';

export { CacheRedis, type CacheRedisEvents } from './cache-redis.js';
export { consumerConnection, producerConnection } from './queue-redis.js';
export { redisEnv } from './redis.env.js';

import { z } from 'zod';
import { InvalidRedisAddress, redisAddress } from './redis-address.js';

const redisUrl = z.string().superRefine((text, context) => {
  try {
    redisAddress(text);
  } catch (error) {
    if (!(error instanceof InvalidRedisAddress)) throw error;
    context.addIssue(error.message);
  }
});

/** Settings of the two Redis servers, each of which may be a cluster. They must be two: prefixes don't keep eviction from taking a job. */
export const redisEnv = {
  /** The cache: may evict, may be lost at any time. */
  REDIS_CACHE_URL: redisUrl,
  /** The queue: `noeviction`, with an append-only file. */
  REDIS_QUEUE_URL: redisUrl,
};

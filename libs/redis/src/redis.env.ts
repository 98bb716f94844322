import { z } from 'zod';

const redisUrl = z
  .string()
  .regex(/^rediss?:\/\//, 'expected redis://[user:password@]host:port[/db] or rediss://…')
  .refine((text) => URL.canParse(text), 'is not a URL')
  .refine(
    (text) => !URL.canParse(text) || /^\/?\d*$/.test(new URL(text).pathname),
    'has no number for a database',
  );

/** Settings of the two Redis servers. They must be two: prefixes don't keep eviction from taking a job. */
export const redisEnv = {
  /** The cache: may evict, may be lost at any time. */
  REDIS_CACHE_URL: redisUrl,
  /** The queue: `noeviction`, with an append-only file. */
  REDIS_QUEUE_URL: redisUrl,
};

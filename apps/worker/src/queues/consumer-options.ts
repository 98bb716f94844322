import type { WorkerEnv } from '../worker.env.js';
import type { ConsumerOptions } from './queue-consumer.js';

/** How a worker takes jobs, as its environment has it. */
export function consumerOptions(env: WorkerEnv): ConsumerOptions {
  return {
    redisUrl: env.REDIS_QUEUE_URL,
    lockMs: env.JOB_LOCK,
    stalledCheckMs: env.JOB_STALLED_CHECK,
    drainMs: env.DRAIN_TIMEOUT,
  };
}

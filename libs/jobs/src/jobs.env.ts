import { durationMs } from '#libs/settings';

/** Settings of the queue that both its ends agree on. */
export const jobsEnv = {
  /** A worker that doesn't renew its lock for this long has died, and another one takes the job. */
  JOB_LOCK: durationMs.default(10_000),
  /** How often the workers look for such jobs. Lock and interval together bound the wait after a crash. */
  JOB_STALLED_CHECK: durationMs.default(5_000),
};

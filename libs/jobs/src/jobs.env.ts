import { wholeNumber, patienceMs } from '#libs/settings';

/** Setting of whoever asks for work. */
export const producerEnv = {
  /** Past so many waiting scrapes and refreshes no further one is taken: cold reads end with EBUSY. */
  QUEUE_MAX_WAITING: wholeNumber(1, 10_000_000).default(10_000),
};

/** Settings of whoever does it. */
export const consumerEnv = {
  /** A worker that doesn't renew its lock for this long has died, and another one takes the job. */
  JOB_LOCK: patienceMs.default(10_000),
  /** How often the workers look for such jobs. Lock and interval together bound the wait after a crash. */
  JOB_STALLED_CHECK: patienceMs.default(5_000),
};

import { patienceMs } from './duration.js';

/** Setting of every process that is told to end while it has work in hand. */
export const drainEnv = {
  /** Longest time from SIGTERM on for what is under way: answers of a gateway, jobs of a worker. Who kills what doesn't end should wait a little longer. */
  DRAIN_TIMEOUT: patienceMs.default(26_000),
};

import { byteSize, patienceMs, wholeNumber } from '#libs/settings';

/** Settings of whoever counts reads. */
export const demandEnv = {
  /** How often read counts are handed over to the workers: from 50ms to 10m. */
  DEMAND_WINDOW: patienceMs.refine((ms) => ms >= 50 && ms <= 600_000, 'expected 50ms to 10m').default(10_000),
  /** Most keys that are counted exactly within a window; past it the least read ones are estimated. Also bounds callers and hosts. */
  DEMAND_KEYS: wholeNumber(1, 10_000_000).default(65_536),
  /** Most reads within a window that one caller (an IPv4 address, a /64 of IPv6) adds to demand. */
  DEMAND_CALLER_CAP: wholeNumber(1, 1_000_000_000).default(10_000),
  /** Most reads within a window that are counted for the keys of one host. */
  DEMAND_HOST_CAP: wholeNumber(1, 1_000_000_000).default(10_000),
  /** Most memory for counts that wait while the queue's Redis is away, or has enough of them: 1MiB at least. The oldest go first. */
  DEMAND_BACKLOG: byteSize
    .refine((bytes) => bytes >= 1024 * 1024, 'expected at least 1MiB')
    .default(32 * 1024 * 1024),
};

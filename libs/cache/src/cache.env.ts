import { byteSize, durationMs, patienceMs } from '#libs/settings';

/** Setting of the tier that all processes share. */
export const cacheEnv = {
  /** Longest wait for the caching Redis (L2); past it a read goes on to Postgres. */
  CACHE_DEADLINE: patienceMs.default(100),
};

/** Settings of the tier in front of it, for a process that reads. */
export const memoryTierEnv = {
  /** Bound of the in-process tier (L1): previews, the bytes they are answered with, and what requests for them are known by. */
  L1_MAX_BYTES: byteSize.default(64 * 1024 * 1024),
  /** Longest stay in L1: what heals a gateway that missed a message about a newer version. */
  L1_MAX_AGE: durationMs.default(30_000),
};

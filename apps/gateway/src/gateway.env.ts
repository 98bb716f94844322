import { z } from 'zod';
import { cacheEnv, memoryTierEnv } from '#libs/cache';
import { demandEnv } from '#libs/demand';
import { producerEnv } from '#libs/jobs';
import { redisEnv } from '#libs/redis';
import { durationMs, flag, port, patienceMs } from '#libs/settings';
import { storeEnv } from '#libs/store';
import { telemetryEnv } from '#libs/telemetry';

const token = z.string().min(16, 'expected at least 16 characters').optional();

/** Every variable that this process reads. */
export const gatewayEnv = {
  ...redisEnv,
  ...storeEnv,
  ...cacheEnv,
  ...memoryTierEnv,
  ...producerEnv,
  ...demandEnv,
  ...telemetryEnv,
  /** Address to listen on; the outside world is a decision of whoever runs this. */
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  /** Secrets that callers send as `x-api-key`. Without one, nobody has that role. */
  READER_TOKEN: token,
  WRITER_TOKEN: token,
  OPERATOR_TOKEN: token,
  /** Whether previews can be read without a key. */
  ANONYMOUS_READ: flag.default(false),
  /** Longest time that a cold read waits for its scrape. */
  READ_WAIT: patienceMs.default(25_000),
  /** The same for a caller who says how long he waits. */
  READ_WAIT_MAX: patienceMs.default(28_000),
  /** Longest time that a read with `palette=true` waits for its colours, once it has the rest. */
  PALETTE_WAIT: patienceMs.default(5_000),
  /** Longest time that a cache in front may answer without asking: it hides demand. */
  SHARED_MAX_AGE: durationMs.default(60_000),
  /** How long such a cache may go on with an old copy when we fail. */
  STALE_IF_ERROR: durationMs.default(7 * 24 * 3_600_000),
};

export type GatewayEnv = z.output<z.ZodObject<typeof gatewayEnv>>;

import { z } from 'zod';
import { cacheEnv, memoryTierEnv } from '#libs/cache';
import { demandEnv } from '#libs/demand';
import { producerEnv } from '#libs/jobs';
import { redisEnv } from '#libs/redis';
import { drainEnv, durationMs, flag, patienceMs, port, processorList, wholeNumber } from '#libs/settings';
import { storeEnv } from '#libs/store';
import { telemetryEnv } from '#libs/telemetry';
import { trustProxy } from './access/caller-addresses.js';

const token = z.string().min(16, 'expected at least 16 characters').optional();

const rateLimit = wholeNumber(1, 1_000_000_000).optional();

/** Every variable that this process reads. */
export const gatewayEnv = {
  ...redisEnv,
  ...storeEnv,
  ...cacheEnv,
  ...memoryTierEnv,
  ...producerEnv,
  ...demandEnv,
  ...telemetryEnv,
  ...drainEnv,
  /** Address to listen on; the outside world is a decision of whoever runs this. */
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  /** How many processes serve on it, each with a memory of its own (`L1_MAX_BYTES`). */
  GATEWAY_PROCESSES: wholeNumber(1, 64).default(1),
  /** Processors that each is kept to, but for the threads that help it (Linux). Not set: all of them. */
  GATEWAY_CPUS: processorList.optional(),
  /** Secrets that callers send as `x-api-key`. Without one, nobody has that role. */
  READER_TOKEN: token,
  WRITER_TOKEN: token,
  OPERATOR_TOKEN: token,
  /** Whether previews can be read without a key. */
  ANONYMOUS_READ: flag.default(false),
  /** Whom to believe where a request comes from: how many proxies stand in front, or their networks. Not set: nobody, the address is that of the socket. */
  TRUST_PROXY: trustProxy.optional(),
  /** Whether Bull Board shows and changes nothing. */
  BULL_BOARD_READ_ONLY: flag.default(false),
  /** Requests a minute by one key, and by one address (an IPv6 network) without a key, over all gateways. Not set: as many as they like. */
  RATE_LIMIT_PER_KEY: rateLimit,
  RATE_LIMIT_PER_ADDRESS: rateLimit,
  /** Whether reads of fresh previews that were asked for in the same words before are answered before the framework sees them; `false` is for comparing. */
  HOT_LANE: flag.default(true),
  /** How long after SIGTERM connections are still taken, for a balancer to notice that this gateway isn't ready any more; 0ms: not at all. */
  DRAIN_DELAY: z.union([z.literal('0ms').transform(() => 0), patienceMs]).default(0),
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

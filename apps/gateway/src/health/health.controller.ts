import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { PreviewQueue } from '#libs/jobs';
import { withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { PreviewStoreReader } from '#libs/store';
import { checkParts, Logger } from '#libs/telemetry';
import { RequiresRole } from '../access/role.js';

/** Longest wait for one part, in ms. */
const DEADLINE_MS = 1_000;

/** What a balancer asks a gateway. Open: it tells nothing but up and down. */
@Controller('health')
@RequiresRole('open')
export class HealthController {
  constructor(
    private readonly store: PreviewStoreReader,
    private readonly cache: CacheRedis,
    private readonly queue: PreviewQueue,
    private readonly logger: Logger,
  ) {}

  @Get('live')
  live() {
    return { status: 'live' };
  }

  /**
   * Degraded is not dead: with one store left a gateway answers what is known, and all gateways share the same servers, so
   * that taking them out of the balancer would only make it worse. A queue that may evict loses jobs in silence: that is no state to serve in.
   */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    let evictionPolicy: string | undefined;
    const parts = await checkParts(
      {
        postgres: () => this.store.ping(),
        cache: () => withinDeadline(this.cache.ping(), DEADLINE_MS, 'cache'),
        queue: async () => {
          evictionPolicy = await withinDeadline(this.queue.evictionPolicy(), DEADLINE_MS, 'queue');
        },
      },
      (part, reason) => this.logger.warn(`${part} is down`, reason),
    );
    const mayLoseJobs = evictionPolicy !== undefined && evictionPolicy !== 'noeviction';
    const hasStore = parts.postgres === 'up' || parts.cache === 'up';
    const ready = hasStore && !mayLoseJobs;
    reply.status(ready ? 200 : 503);
    return {
      status: !ready
        ? 'unready'
        : Object.values(parts).every((state) => state === 'up')
          ? 'ready'
          : 'degraded',
      parts: { ...parts, ...(mayLoseJobs && { queue: `may evict (${evictionPolicy})` }) },
    };
  }
}

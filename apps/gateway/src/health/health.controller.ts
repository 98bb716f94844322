import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { mayEvict, PreviewQueue, type QueueMemory } from '#libs/jobs';
import { withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { PreviewStoreReader } from '#libs/store';
import { checkParts, Logger } from '#libs/telemetry';
import { RequiresRole } from '../access/role.js';
import { Draining } from '../draining.js';
import { DescribedBy } from '../openapi/route-description.js';
import { liveDescription, readyDescription } from './health.description.js';

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
    private readonly draining: Draining,
    private readonly logger: Logger,
  ) {}

  @Get('live')
  @DescribedBy(liveDescription)
  live() {
    return { status: 'live' };
  }

  /**
   * Degraded is not dead: with one store left a gateway answers what is known, and all gateways share the same servers, so
   * that taking them out of the balancer would only make it worse. A queue that may evict loses jobs in silence: that is no state to serve in. Nor
   * is the end, whose looks at servers would only keep it waiting.
   */
  @Get('ready')
  @DescribedBy(readyDescription)
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    if (this.draining.signal.aborted) {
      reply.status(503);
      return { status: 'draining' };
    }
    let memory: QueueMemory | undefined;
    const parts = await checkParts(
      {
        postgres: () => this.store.ping(),
        cache: () => withinDeadline(this.cache.ping(), DEADLINE_MS, 'cache'),
        queue: async () => {
          memory = await withinDeadline(this.queue.memory(), DEADLINE_MS, 'queue');
        },
      },
      (part, reason) => this.logger.warn(`${part} is down`, reason),
    );
    const mayLoseJobs = memory !== undefined && mayEvict(memory);
    const hasStore = parts.postgres === 'up' || parts.cache === 'up';
    const ready = hasStore && !mayLoseJobs;
    reply.status(ready ? 200 : 503);
    return {
      status: !ready
        ? 'unready'
        : Object.values(parts).every((state) => state === 'up')
          ? 'ready'
          : 'degraded',
      parts: { ...parts, ...(mayLoseJobs && { queue: `may evict (${memory?.evictionPolicy})` }) },
    };
  }
}

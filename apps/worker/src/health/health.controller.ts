import { Controller, Get, type OnModuleDestroy, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { mayEvict, type QueueMemory } from '#libs/jobs';
import { withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { PreviewStoreReader } from '#libs/store';
import { checkParts, Logger } from '#libs/telemetry';
import { ServedQueues } from '../queues/served-queues.js';

/** Longest wait for one part, in ms. */
const DEADLINE_MS = 1_000;

/** What a container platform asks a worker. Open: it tells nothing but up and down. */
@Controller('health')
export class HealthController implements OnModuleDestroy {
  private isStopping = false;

  constructor(
    private readonly queues: ServedQueues,
    private readonly store: PreviewStoreReader,
    private readonly cache: CacheRedis,
    private readonly logger: Logger,
  ) {}

  /** The first that a process does once it is told to end. */
  onModuleDestroy(): void {
    this.isStopping = true;
  }

  @Get('live')
  live() {
    return { status: 'live' };
  }

  /**
   * A worker can't work without queue or Postgres; without the cache it stores, and readers find it there. A queue that may evict loses jobs in silence: that is
   * no state to work in.
   */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    if (this.isStopping) {
      reply.status(503);
      return { status: 'stopping' };
    }
    let memory: QueueMemory | undefined;
    const parts = await checkParts(
      {
        queue: async () => {
          memory = await withinDeadline(this.queues.memory(), DEADLINE_MS, 'queue');
        },
        postgres: () => this.store.ping(),
        cache: () => withinDeadline(this.cache.ping(), DEADLINE_MS, 'cache'),
      },
      (part, reason) => this.logger.warn(`${part} is down`, reason),
    );
    const mayLoseJobs = memory !== undefined && mayEvict(memory);
    const ready = parts.queue === 'up' && parts.postgres === 'up' && !mayLoseJobs;
    reply.status(ready ? 200 : 503);
    return {
      status: !ready ? 'unready' : parts.cache === 'up' ? 'ready' : 'degraded',
      parts: { ...parts, ...(mayLoseJobs && { queue: `may evict (${memory?.evictionPolicy})` }) },
    };
  }
}

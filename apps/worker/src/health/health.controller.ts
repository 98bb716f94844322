import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { PreviewStoreReader } from '#libs/store';
import { checkParts, Logger } from '#libs/telemetry';
import { PreviewProcessor } from '../previews/preview.processor.js';

/** Longest wait for one part, in ms. */
const DEADLINE_MS = 1_000;

/** What a container platform asks a worker. Open: it tells nothing but up and down. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly processor: PreviewProcessor,
    private readonly store: PreviewStoreReader,
    private readonly cache: CacheRedis,
    private readonly logger: Logger,
  ) {}

  @Get('live')
  live() {
    return { status: 'live' };
  }

  /** A worker can't work without queue or Postgres; without the cache it stores, and readers find it there. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const parts = await checkParts(
      {
        queue: () => withinDeadline(this.processor.ping(), DEADLINE_MS, 'queue'),
        postgres: () => this.store.ping(),
        cache: () => withinDeadline(this.cache.ping(), DEADLINE_MS, 'cache'),
      },
      (part, reason) => this.logger.warn(`${part} is down`, reason),
    );
    const ready = parts.queue === 'up' && parts.postgres === 'up';
    reply.status(ready ? 200 : 503);
    return { status: !ready ? 'unready' : parts.cache === 'up' ? 'ready' : 'degraded', parts };
  }
}

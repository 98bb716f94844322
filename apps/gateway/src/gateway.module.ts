import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, Reflector } from '@nestjs/core';
import { CacheModule, PreviewCache } from '#libs/cache';
import { DemandHandover, DemandRecorder, type DemandRecorderOptions } from '#libs/demand';
import { PaletteQueue, PreviewQueue, type PreviewQueueOptions } from '#libs/jobs';
import { Clock, withinDeadline } from '#libs/preview';
import { PreviewStoreReader, StoreModule } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { AccessGuard } from './access/access.guard.js';
import { LargeBodyGate } from './access/large-body-gate.js';
import { TokenRoles } from './access/token-roles.js';
import { QueueBoard } from './board/queue-board.js';
import type { GatewayEnv } from './gateway.env.js';
import { HealthController } from './health/health.controller.js';
import { HotKeys } from './insight/hot-keys.js';
import { InsightController } from './insight/insight.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { CACHE_HEADER_OPTIONS } from './previews/cache-headers.js';
import { EncodedPreviews } from './previews/encoded-previews.js';
import { InvalidOption } from './previews/invalid-option.js';
import { PaletteWaiter } from './previews/palette-waiter.js';
import { PreviewPurge } from './previews/preview-purge.js';
import { PreviewReader } from './previews/preview-reader.js';
import { PreviewsController } from './previews/previews.controller.js';
import { PurgeController } from './previews/purge.controller.js';
import { ScrapeWaiter } from './previews/scrape-waiter.js';
import { ProblemFilter } from './problem.filter.js';
import { WarmController } from './warming/warm.controller.js';
import { WarmOrdering } from './warming/warm-ordering.js';

/** Wait for the queue's Redis at boot, in ms; without it the gateway answers what is known all the same. */
const QUEUE_PATIENCE_MS = 2_000;

/** What a gateway is made of. */
@Module({})
export class GatewayModule {
  static forRoot(env: GatewayEnv, logger: Logger, problems: ProblemFilter): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        StoreModule.forReading({
          url: env.DATABASE_URL,
          poolSize: env.DATABASE_POOL,
          readDeadlineMs: env.STORE_DEADLINE,
        }),
        CacheModule.forRoot({
          redisUrl: env.REDIS_CACHE_URL,
          writes: 'fill',
          deadlineMs: env.CACHE_DEADLINE,
          memory: { maxBytes: env.L1_MAX_BYTES / 2, maxAgeMs: env.L1_MAX_AGE },
          onError: (error) => logger.debug('cache', error),
          onDegraded: (cause) => logger.warn('Redis (cache) is away: going on without it', cause),
          onRecovered: () => logger.info('Redis (cache) is back'),
        }),
      ],
      controllers: [
        PreviewsController,
        PurgeController,
        WarmController,
        JobsController,
        InsightController,
        HealthController,
      ],
      providers: [
        { provide: Logger, useValue: logger },
        Clock,
        {
          provide: PreviewQueue,
          useFactory: () => connected(new PreviewQueue(queueOptions(env, logger)), logger),
        },
        {
          provide: PaletteQueue,
          useFactory: () => connected(new PaletteQueue(queueOptions(env, logger)), logger),
        },
        {
          provide: PaletteWaiter,
          inject: [PaletteQueue, PreviewCache, PreviewStoreReader, Clock],
          useFactory: (queue: PaletteQueue, cache: PreviewCache, store: PreviewStoreReader, clock: Clock) =>
            new PaletteWaiter(queue, cache, store, clock, logger, { waitMs: env.PALETTE_WAIT }),
        },
        {
          provide: ScrapeWaiter,
          inject: [PreviewQueue],
          useFactory: (queue: PreviewQueue) => new ScrapeWaiter(queue, { longestWaitMs: env.READ_WAIT_MAX }),
        },
        {
          provide: DemandRecorder,
          inject: [Clock],
          useFactory: (clock: Clock) => new DemandRecorder(demandLimits(env), clock.now()),
        },
        {
          provide: DemandHandover,
          inject: [DemandRecorder, Clock],
          useFactory: (recorder: DemandRecorder, clock: Clock) =>
            new DemandHandover(recorder, clock, {
              redisUrl: env.REDIS_QUEUE_URL,
              windowMs: env.DEMAND_WINDOW,
              backlogBytes: env.DEMAND_BACKLOG,
              onError: (error) => logger.debug('handing over demand', error),
              onDropped: (reads) => logger.warn('read counts are being lost', { reads }),
            }),
        },
        {
          provide: PreviewReader,
          inject: [PreviewCache, PreviewStoreReader, ScrapeWaiter, DemandRecorder, Clock],
          useFactory: (
            cache: PreviewCache,
            store: PreviewStoreReader,
            waiter: ScrapeWaiter,
            demand: DemandRecorder,
            clock: Clock,
          ) =>
            new PreviewReader(cache, store, waiter, demand, clock, logger, {
              waitMs: env.READ_WAIT,
              maxWaitMs: env.READ_WAIT_MAX,
            }),
        },
        // Entries and their bytes share the bound of L1.
        { provide: EncodedPreviews, useValue: new EncodedPreviews(env.L1_MAX_BYTES / 2) },
        {
          provide: CACHE_HEADER_OPTIONS,
          useValue: {
            isPublic: env.ANONYMOUS_READ,
            sharedMaxAgeMs: env.SHARED_MAX_AGE,
            staleIfErrorMs: env.STALE_IF_ERROR,
          },
        },
        {
          provide: TokenRoles,
          useValue: new TokenRoles({
            reader: env.READER_TOKEN,
            writer: env.WRITER_TOKEN,
            operator: env.OPERATOR_TOKEN,
          }),
        },
        PreviewPurge,
        WarmOrdering,
        HotKeys,
        QueueBoard,
        { provide: ProblemFilter, useValue: problems },
        { provide: APP_FILTER, useExisting: ProblemFilter },
        {
          provide: APP_PIPE,
          useValue: new StandardSchemaValidationPipe({
            exceptionFactory: (issues) => new InvalidOption(issues),
          }),
        },
        {
          provide: AccessGuard,
          inject: [Reflector, TokenRoles],
          useFactory: (reflector: Reflector, tokens: TokenRoles) =>
            new AccessGuard(reflector, tokens, { anonymousRead: env.ANONYMOUS_READ }),
        },
        { provide: APP_GUARD, useExisting: AccessGuard },
        LargeBodyGate,
      ],
    };
  }
}

function demandLimits(env: GatewayEnv): DemandRecorderOptions {
  return {
    maxKeys: env.DEMAND_KEYS,
    callerCap: env.DEMAND_CALLER_CAP,
    hostCap: env.DEMAND_HOST_CAP,
  };
}

function queueOptions(env: GatewayEnv, logger: Logger): PreviewQueueOptions {
  return {
    redisUrl: env.REDIS_QUEUE_URL,
    maxWaiting: env.QUEUE_MAX_WAITING,
    onError: (error) => logger.warn('queue connection', error),
  };
}

async function connected<T extends PreviewQueue | PaletteQueue>(queue: T, logger: Logger): Promise<T> {
  await withinDeadline(queue.connected(), QUEUE_PATIENCE_MS, 'connecting to the queue').catch(
    (error: unknown) => logger.warn('queue connection', error),
  );
  return queue;
}

import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, ModulesContainer, Reflector } from '@nestjs/core';
import { CacheModule, PreviewCache } from '#libs/cache';
import { DemandHandover, DemandRecorder, type DemandRecorderOptions } from '#libs/demand';
import { PaletteQueue, PreviewQueue, type QueueOptions } from '#libs/jobs';
import { Clock, withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { ApiKeys, PreviewStoreReader, StoreModule } from '#libs/store';
import { cacheFailures, Logger, Metrics, Tracing } from '#libs/telemetry';
import { AccessGuard } from './access/access.guard.js';
import { CallerAddresses } from './access/caller-addresses.js';
import { Doorkeeper } from './access/doorkeeper.js';
import { KeyHolders } from './access/key-holders.js';
import { KeyLookups } from './access/key-lookups.js';
import { BodyGate } from './access/body-gate.js';
import { RevocationChannel } from './access/revocation-channel.js';
import { TokenRoles } from './access/token-roles.js';
import { QUEUE_BOARD_OPTIONS, QueueBoard } from './board/queue-board.js';
import { Draining } from './draining.js';
import type { GatewayEnv } from './gateway.env.js';
import { HealthController } from './health/health.controller.js';
import { HotKeys } from './insight/hot-keys.js';
import { InsightController } from './insight/insight.controller.js';
import { EventStreams } from './jobs/event-streams.js';
import { EventsController } from './jobs/events.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { KnownProgress } from './jobs/known-progress.js';
import { KeyRevocation } from './keys/key-revocation.js';
import { KeysController } from './keys/keys.controller.js';
import { rateLimitProviders } from './limits/rate-limit.providers.js';
import { RateLimits } from './limits/rate-limits.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { memoryShares } from './memory-shares.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { RequestMeter } from './metrics/request-meter.js';
import { declaredRoutes } from './openapi/declared-routes.js';
import { ApiReference } from './openapi/api-reference.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { BatchController } from './previews/batch.controller.js';
import { BatchReader } from './previews/batch-reader.js';
import { BatchRoom } from './previews/batch-room.js';
import { BatchTexts } from './previews/batch-texts.js';
import { CACHE_HEADER_OPTIONS } from './previews/cache-headers.js';
import { EncodedPreviews } from './previews/encoded-previews.js';
import { HotLane } from './hot-lane/hot-lane.js';
import { InvalidOption } from './previews/invalid-option.js';
import { KnownReads } from './previews/known-reads.js';
import { PaletteWaiter } from './previews/palette-waiter.js';
import { PreviewPurge } from './previews/preview-purge.js';
import { PreviewReader } from './previews/preview-reader.js';
import { PreviewResponses } from './previews/preview-responses.js';
import { PreviewsController } from './previews/previews.controller.js';
import { PurgeController } from './previews/purge.controller.js';
import { ScrapeWaiter } from './previews/scrape-waiter.js';
import { AllMetrics, parentChannel } from './processes/all-metrics.js';
import { ProblemFilter } from './problem.filter.js';
import { RefreshController } from './warming/refresh.controller.js';
import { RefreshOrdering } from './warming/refresh-ordering.js';
import { WarmController } from './warming/warm.controller.js';
import { WarmOrdering } from './warming/warm-ordering.js';

/** Wait for the queue's Redis at boot, in ms; without it the gateway answers what is known all the same. */
const QUEUE_PATIENCE_MS = 2_000;

/** What is needed before there are routes. */
export interface RequestParts {
  readonly metrics: Metrics;
  readonly meter: RequestMeter;
  readonly problems: ProblemFilter;
  /** Absent where nobody traces. */
  readonly tracing: Tracing | undefined;
}

/** What a gateway is made of. */
@Module({})
export class GatewayModule {
  static forRoot(
    env: GatewayEnv,
    logger: Logger,
    { metrics, meter, problems, tracing }: RequestParts,
  ): DynamicModule {
    const failures = cacheFailures(metrics).with({});
    const memory = memoryShares(env.L1_MAX_BYTES);
    return {
      module: GatewayModule,
      imports: [
        StoreModule.forReading({
          url: env.DATABASE_URL,
          poolSize: env.DATABASE_POOL,
          readDeadlineMs: env.STORE_DEADLINE,
          onMigrationWait: (why) => logger.warn(`not started yet: ${why}`),
        }),
        CacheModule.forRoot({
          redisUrl: env.REDIS_CACHE_URL,
          writes: 'fill',
          deadlineMs: env.CACHE_DEADLINE,
          memory: { maxBytes: memory.copies, maxAgeMs: env.L1_MAX_AGE },
          onError: (error) => {
            failures.add();
            logger.debug('cache', error);
          },
          onDegraded: (cause) => logger.warn('Redis (cache) is away: going on without it', cause),
          onRecovered: () => logger.info('Redis (cache) is back'),
        }),
      ],
      controllers: [
        PreviewsController,
        BatchController,
        PurgeController,
        WarmController,
        RefreshController,
        JobsController,
        EventsController,
        InsightController,
        KeysController,
        HealthController,
        MetricsController,
        OpenApiController,
      ],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: Metrics, useValue: metrics },
        { provide: AllMetrics, useValue: new AllMetrics(metrics, parentChannel()) },
        { provide: Tracing, useFactory: () => tracing ?? null },
        { provide: RequestMeter, useValue: meter },
        GatewayMetrics,
        Clock,
        {
          provide: Draining,
          useValue: new Draining({ delayMs: env.DRAIN_DELAY, timeoutMs: env.DRAIN_TIMEOUT }),
        },
        {
          provide: PreviewQueue,
          useFactory: () => connected(new PreviewQueue(queueOptions(env, logger, tracing)), logger),
        },
        {
          provide: PaletteQueue,
          useFactory: () => connected(new PaletteQueue(queueOptions(env, logger, tracing)), logger),
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
        { provide: EncodedPreviews, useValue: new EncodedPreviews(memory.bodies) },
        {
          provide: CACHE_HEADER_OPTIONS,
          useValue: {
            isPublic: env.ANONYMOUS_READ,
            sharedMaxAgeMs: env.SHARED_MAX_AGE,
            staleIfErrorMs: env.STALE_IF_ERROR,
          },
        },
        { provide: CallerAddresses, useValue: new CallerAddresses(env.TRUST_PROXY) },
        {
          provide: TokenRoles,
          useValue: new TokenRoles({
            reader: env.READER_TOKEN,
            writer: env.WRITER_TOKEN,
            operator: env.OPERATOR_TOKEN,
          }),
        },
        PreviewResponses,
        BatchReader,
        BatchRoom,
        BatchTexts,
        KnownReads,
        HotLane,
        PreviewPurge,
        WarmOrdering,
        RefreshOrdering,
        KnownProgress,
        EventStreams,
        HotKeys,
        { provide: QUEUE_BOARD_OPTIONS, useValue: { isReadOnly: env.BULL_BOARD_READ_ONLY } },
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
          provide: KeyHolders,
          inject: [TokenRoles, ApiKeys],
          useFactory: (tokens: TokenRoles, keys: ApiKeys) =>
            new KeyHolders(tokens, new KeyLookups(keys, env.STORE_DEADLINE)),
        },
        {
          provide: RevocationChannel,
          inject: [CacheRedis, KeyHolders],
          useFactory: revocationChannel,
        },
        KeyRevocation,
        ...rateLimitProviders(env, logger),
        {
          provide: Doorkeeper,
          inject: [KeyHolders, RateLimits, CallerAddresses, Clock],
          useFactory: (holders: KeyHolders, limits: RateLimits, addresses: CallerAddresses, clock: Clock) =>
            new Doorkeeper(holders, limits, addresses, clock, { anonymousRead: env.ANONYMOUS_READ }),
        },
        AccessGuard,
        { provide: APP_GUARD, useExisting: AccessGuard },
        BodyGate,
        {
          provide: ApiReference,
          inject: [ModulesContainer, Reflector],
          useFactory: (modules: ModulesContainer, reflector: Reflector) =>
            new ApiReference(declaredRoutes(modules, reflector), { anonymousRead: env.ANONYMOUS_READ }),
        },
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

function revocationChannel(redis: CacheRedis, holders: KeyHolders): RevocationChannel {
  const channel = new RevocationChannel(redis);
  channel.listen({
    onRevoked: (id) => holders.forget(id),
    onConnected: () => holders.forgetAll(),
  });
  return channel;
}

function queueOptions(env: GatewayEnv, logger: Logger, tracing: Tracing | undefined): QueueOptions {
  return {
    redisUrl: env.REDIS_QUEUE_URL,
    maxWaiting: env.QUEUE_MAX_WAITING,
    onError: (error) => logger.warn('queue connection', error),
    tracing: tracing?.jobs,
  };
}

async function connected<T extends PreviewQueue | PaletteQueue>(queue: T, logger: Logger): Promise<T> {
  await withinDeadline(queue.connected(), QUEUE_PATIENCE_MS, 'connecting to the queue').catch(
    (error: unknown) => logger.warn('queue connection', error),
  );
  return queue;
}

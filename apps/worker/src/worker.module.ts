import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule, PreviewCache } from '#libs/cache';
import { Clock } from '#libs/preview';
import { PreviewStoreWriter, StoreModule } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { AddressGuard } from './fetch/address-guard.js';
import { guardedAgent } from './fetch/guarded-agent.js';
import { PageFetcher } from './fetch/page-fetcher.js';
import { HealthController } from './health/health.controller.js';
import { DEFAULT_POLICY, type FreshnessPolicy } from './previews/freshness-policy.js';
import { PageScraper } from './previews/page-scraper.js';
import { PreviewProcessor } from './previews/preview.processor.js';
import { PreviewUpdater } from './previews/preview-updater.js';
import type { WorkerEnv } from './worker.env.js';

/** What a worker is made of. */
@Module({})
export class WorkerModule {
  static forRoot(env: WorkerEnv, logger: Logger): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        StoreModule.forWriting({
          url: env.DATABASE_URL,
          poolSize: env.DATABASE_POOL,
          readDeadlineMs: env.STORE_DEADLINE,
        }),
        CacheModule.forRoot({
          redisUrl: env.REDIS_CACHE_URL,
          writes: 'replace',
          deadlineMs: env.CACHE_DEADLINE,
          onError: (error) => logger.debug('cache', error),
          onDegraded: (cause) => logger.warn('Redis (cache) is away: going on without it', cause),
          onRecovered: () => logger.info('Redis (cache) is back'),
        }),
      ],
      controllers: [HealthController],
      providers: [
        { provide: Logger, useValue: logger },
        Clock,
        {
          provide: PageScraper,
          useFactory: () => pageScraper(env),
        },
        {
          provide: PreviewUpdater,
          inject: [PreviewStoreWriter, PageScraper, PreviewCache, Clock],
          useFactory: (store: PreviewStoreWriter, scraper: PageScraper, cache: PreviewCache, clock: Clock) =>
            new PreviewUpdater(store, scraper, cache, clock, freshnessPolicy(env)),
        },
        {
          provide: PreviewProcessor,
          inject: [PreviewUpdater],
          useFactory: (updater: PreviewUpdater) =>
            new PreviewProcessor(updater, logger, {
              redisUrl: env.REDIS_QUEUE_URL,
              concurrency: env.WORKER_CONCURRENCY,
              lockMs: env.JOB_LOCK,
              stalledCheckMs: env.JOB_STALLED_CHECK,
            }),
        },
      ],
    };
  }
}

function pageScraper(env: WorkerEnv): PageScraper {
  const guard = new AddressGuard({ ports: env.FETCH_PORTS, allowCidrs: env.FETCH_ALLOW_CIDRS });
  const agent = guardedAgent({
    guard,
    connectTimeoutMs: env.FETCH_CONNECT_TIMEOUT,
    headersTimeoutMs: env.FETCH_HEADERS_TIMEOUT,
    bodyTimeoutMs: env.FETCH_TIMEOUT,
  });
  const fetcher = new PageFetcher({
    agent,
    maxBytes: env.FETCH_MAX_BYTES,
    userAgent: env.FETCH_USER_AGENT,
  });
  return new PageScraper(fetcher, env.FETCH_TIMEOUT);
}

function freshnessPolicy(env: WorkerEnv): FreshnessPolicy {
  return {
    ttlDefaultMs: env.TTL_DEFAULT,
    ttlMinMs: env.TTL_MIN,
    ttlMaxMs: env.TTL_MAX,
    stalenessBudget: env.STALENESS_BUDGET,
    staleWhileRevalidateMs: env.STALE_WHILE_REVALIDATE,
    staleIfErrorMs: env.STALE_IF_ERROR,
    transientMs: env.FAILURE_TTL_TRANSIENT,
    transientMaxMs: Math.max(env.FAILURE_TTL_TRANSIENT, DEFAULT_POLICY.transientMaxMs),
    lastingMs: env.FAILURE_TTL_LASTING,
    lastingMaxMs: Math.max(env.FAILURE_TTL_LASTING, DEFAULT_POLICY.lastingMaxMs),
  };
}

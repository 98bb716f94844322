import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule, PreviewCache } from '#libs/cache';
import { Clock } from '#libs/preview';
import { PreviewStoreReader, PreviewStoreWriter, StoreModule } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { AddressGuard } from './fetch/address-guard.js';
import { guardedAgent } from './fetch/guarded-agent.js';
import { PageFetcher } from './fetch/page-fetcher.js';
import { HealthController } from './health/health.controller.js';
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
          onDegraded: (error) => logger.warn('cache unavailable', error),
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
          inject: [PreviewStoreReader, PageScraper, PreviewStoreWriter, PreviewCache, Clock],
          useFactory: (
            stored: PreviewStoreReader,
            scraper: PageScraper,
            store: PreviewStoreWriter,
            cache: PreviewCache,
            clock: Clock,
          ) =>
            new PreviewUpdater(stored, scraper, store, cache, clock, {
              successMs: env.TTL_DEFAULT,
              transientFailureMs: env.FAILURE_TTL_TRANSIENT,
              lastingFailureMs: env.FAILURE_TTL_LASTING,
            }),
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

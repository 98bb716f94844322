import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule } from '#libs/cache';
import { Clock } from '#libs/preview';
import { StoreModule } from '#libs/store';
import { cacheFailures, Logger, Metrics, Tracing } from '#libs/telemetry';
import { guardedWayOut } from './fetch/way-out.js';
import { HealthController } from './health/health.controller.js';
import { JobWatch } from './metrics/job-watch.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { RoundMeter } from './metrics/round-meter.js';
import { WorkerMetrics } from './metrics/worker-metrics.js';
import { pictureProviders } from './pictures/picture.providers.js';
import { politenessProviders } from './politeness/politeness.providers.js';
import { previewProviders } from './previews/preview.providers.js';
import { WorkSlots } from './previews/work-slots.js';
import { warmingProviders } from './warming/warming.providers.js';
import { queueProviders } from './queues/queue.providers.js';
import type { WorkerEnv } from './worker.env.js';

/** What a worker is made of. */
@Module({})
export class WorkerModule {
  static forRoot(env: WorkerEnv, logger: Logger, tracing?: Tracing): DynamicModule {
    const metrics = new Metrics();
    const failures = cacheFailures(metrics).with({});
    return {
      module: WorkerModule,
      imports: [
        StoreModule.forWriting({
          url: env.DATABASE_URL,
          poolSize: env.DATABASE_POOL,
          readDeadlineMs: env.STORE_DEADLINE,
          onMigrationWait: (why) => logger.warn(`not started yet: ${why}`),
        }),
        CacheModule.forRoot({
          redisUrl: env.REDIS_CACHE_URL,
          writes: 'replace',
          deadlineMs: env.CACHE_DEADLINE,
          onError: (error) => {
            failures.add();
            logger.debug('cache', error);
          },
          onDegraded: (cause) => logger.warn('Redis (cache) is away: going on without it', cause),
          onRecovered: () => logger.info('Redis (cache) is back'),
        }),
      ],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: Metrics, useValue: metrics },
        { provide: Tracing, useFactory: () => tracing ?? null },
        { provide: JobWatch, useValue: new JobWatch(metrics, logger) },
        RoundMeter,
        WorkerMetrics,
        Clock,
        { provide: WorkSlots, useValue: new WorkSlots(env.WORKER_CONCURRENCY) },
        ...politenessProviders(env, logger, guardedWayOut(env)),
        ...pictureProviders(env, logger, tracing),
        ...previewProviders(env, logger, tracing),
        ...warmingProviders(env, logger),
        ...queueProviders(env),
      ],
    };
  }
}

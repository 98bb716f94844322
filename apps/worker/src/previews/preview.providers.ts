import type { Provider } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { Clock } from '#libs/preview';
import { InvalidSettings } from '#libs/settings';
import { PreviewStoreWriter } from '#libs/store';
import type { Logger, Tracing } from '#libs/telemetry';
import { JobWatch } from '../metrics/job-watch.js';
import { PictureMeasurer } from '../pictures/picture-measurer.js';
import { PoliteScraper } from '../politeness/polite-scraper.js';
import { consumerOptions } from '../queues/consumer-options.js';
import type { WorkerEnv } from '../worker.env.js';
import { DEFAULT_POLICY, type FreshnessPolicy } from './freshness-policy.js';
import { PreviewUpdater } from './preview-updater.js';
import { PreviewProcessor } from './preview.processor.js';
import { WorkSlots } from './work-slots.js';

/** Journeys 1 and 2: previews are made and renewed. */
export function previewProviders(env: WorkerEnv, logger: Logger, tracing?: Tracing): Provider[] {
  return [
    {
      provide: PreviewUpdater,
      inject: [PreviewStoreWriter, PoliteScraper, PreviewCache, Clock, PictureMeasurer],
      useFactory: (
        store: PreviewStoreWriter,
        scraper: PoliteScraper,
        cache: PreviewCache,
        clock: Clock,
        pictures: PictureMeasurer,
      ) => new PreviewUpdater(store, scraper, cache, clock, freshnessPolicy(env), pictures),
    },
    ...(env.WORKER_QUEUES.includes('previews') ? [previewProcessor(env, logger, tracing)] : []),
  ];
}

function previewProcessor(env: WorkerEnv, logger: Logger, tracing: Tracing | undefined): Provider {
  return {
    provide: PreviewProcessor,
    inject: [PreviewUpdater, WorkSlots, JobWatch],
    useFactory: (updater: PreviewUpdater, slots: WorkSlots, jobs: JobWatch) =>
      new PreviewProcessor(updater, slots, jobs, logger, {
        ...consumerOptions(env),
        tracing: tracing?.jobs,
        concurrency: env.WORKER_CONCURRENCY,
      }),
  };
}

function freshnessPolicy(env: WorkerEnv): FreshnessPolicy {
  if (env.TTL_MIN > env.TTL_MAX) throw new InvalidSettings(['TTL_MIN: must not be longer than TTL_MAX']);
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

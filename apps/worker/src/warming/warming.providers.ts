import type { Provider } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { PreviewQueue } from '#libs/jobs';
import { Clock, withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import {
  HotPreviews,
  Leases,
  PreviewStoreReader,
  PreviewStoreWriter,
  UnreadRows,
  WarmLedger,
  WarmReleases,
} from '#libs/store';
import type { Logger } from '#libs/telemetry';
import { JobWatch } from '../metrics/job-watch.js';
import { RoundMeter } from '../metrics/round-meter.js';
import { PreviewTagger } from '../previews/preview-tagger.js';
import { consumerOptions } from '../queues/consumer-options.js';
import type { WorkerEnv } from '../worker.env.js';
import { CacheRebuild } from './cache-rebuild.js';
import type { ForecastBudgets } from './learned-forecast.js';
import { Retention } from './retention.js';
import { RollUp } from './roll-up.js';
import { RollUpProcessor } from './roll-up.processor.js';
import { WarmLoop } from './warm-loop.js';
import { WarmPlanner } from './warm-planner.js';
import { WarmReleaser } from './warm-releaser.js';

/** Wait for the queue's Redis at boot, in ms; without it warms wait. */
const QUEUE_PATIENCE_MS = 2_000;

/** Journey 3: what is counted, planned and warmed, on workers that serve the demand. */
export function warmingProviders(env: WorkerEnv, logger: Logger): Provider[] {
  if (!env.WORKER_QUEUES.includes('demand')) return [];
  return [
    {
      provide: PreviewQueue,
      useFactory: () => previewQueue(env, logger),
    },
    {
      provide: RollUp,
      inject: [WarmLedger, Clock],
      useFactory: (ledger: WarmLedger, clock: Clock) => new RollUp(ledger, clock, logger, budgetsOf(env)),
    },
    {
      provide: RollUpProcessor,
      inject: [RollUp, JobWatch],
      useFactory: (rollUp: RollUp, jobs: JobWatch) =>
        new RollUpProcessor(rollUp, jobs, logger, consumerOptions(env)),
    },
    {
      provide: WarmPlanner,
      inject: [WarmLedger],
      useFactory: (ledger: WarmLedger) =>
        new WarmPlanner(ledger, logger, {
          budgets: budgetsOf(env),
          settleAfterMs: 2 * env.DEMAND_WINDOW + env.WARM_LEAD,
        }),
    },
    {
      provide: PreviewTagger,
      inject: [PreviewStoreReader, PreviewStoreWriter, PreviewCache, Clock],
      useFactory: (
        reader: PreviewStoreReader,
        writer: PreviewStoreWriter,
        cache: PreviewCache,
        clock: Clock,
      ) => new PreviewTagger(reader, writer, cache, clock),
    },
    {
      provide: WarmReleaser,
      inject: [WarmReleases, PreviewQueue, PreviewTagger, Clock],
      useFactory: (releases: WarmReleases, queue: PreviewQueue, tagger: PreviewTagger, clock: Clock) =>
        new WarmReleaser(releases, queue, tagger, clock, logger, {
          inFlight: env.WARM_IN_FLIGHT,
        }),
    },
    {
      provide: CacheRebuild,
      inject: [HotPreviews, PreviewCache, CacheRedis, Clock],
      useFactory: (hot: HotPreviews, cache: PreviewCache, redis: CacheRedis, clock: Clock) =>
        new CacheRebuild(hot, cache, redis, clock, logger, { keys: env.WARM_REBUILD_KEYS }),
    },
    {
      provide: Retention,
      inject: [WarmLedger, UnreadRows],
      useFactory: (ledger: WarmLedger, rows: UnreadRows) =>
        new Retention(ledger, rows, logger, {
          unreadMs: env.PREVIEW_RETENTION,
          totalsMs: env.STATISTICS_RETENTION,
        }),
    },
    {
      provide: WarmLoop,
      inject: [WarmPlanner, WarmReleaser, CacheRebuild, Retention, Leases, Clock, RoundMeter],
      useFactory: (
        planner: WarmPlanner,
        releaser: WarmReleaser,
        rebuild: CacheRebuild,
        retention: Retention,
        leases: Leases,
        clock: Clock,
        rounds: RoundMeter,
      ) =>
        new WarmLoop(planner, releaser, rebuild, retention, leases, clock, logger, {
          onRound: (end, ms) => rounds.ended(end, ms),
          roundMs: env.WARM_ROUND,
          leadMs: env.WARM_LEAD,
        }),
    },
  ];
}

function budgetsOf({ WARM_BUDGET, WARM_HOST_BUDGET }: WorkerEnv): ForecastBudgets {
  return { share: WARM_BUDGET, hostShare: WARM_HOST_BUDGET };
}

/** The worker as one who asks for work: it warms. */
async function previewQueue(env: WorkerEnv, logger: Logger): Promise<PreviewQueue> {
  const onError = (error: unknown) => logger.warn('queue connection', error);
  const queue = new PreviewQueue({
    redisUrl: env.REDIS_QUEUE_URL,
    maxWaiting: env.QUEUE_MAX_WAITING,
    onError,
  });
  await withinDeadline(queue.connected(), QUEUE_PATIENCE_MS, 'connecting to the queue').catch(onError);
  return queue;
}

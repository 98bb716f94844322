import type { Provider } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { PreviewQueue } from '#libs/jobs';
import { Clock, withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { HotPreviews, Leases, WarmLedger, WarmReleases } from '#libs/store';
import type { Logger } from '#libs/telemetry';
import type { WorkerEnv } from '../worker.env.js';
import { CacheRebuild } from './cache-rebuild.js';
import { RollUp } from './roll-up.js';
import { RollUpProcessor } from './roll-up.processor.js';
import { WarmLoop } from './warm-loop.js';
import { WarmPlanner } from './warm-planner.js';
import { WarmReleaser } from './warm-releaser.js';

/** Wait for the queue's Redis at boot, in ms; without it warms wait. */
const QUEUE_PATIENCE_MS = 2_000;

/** Journey 3: what is counted, planned and warmed. */
export function warmingProviders(env: WorkerEnv, logger: Logger): Provider[] {
  return [
    {
      provide: PreviewQueue,
      useFactory: () => previewQueue(env, logger),
    },
    {
      provide: RollUp,
      inject: [WarmLedger, Clock],
      useFactory: (ledger: WarmLedger, clock: Clock) => new RollUp(ledger, clock, logger, env.WARM_BUDGET),
    },
    {
      provide: RollUpProcessor,
      inject: [RollUp],
      useFactory: (rollUp: RollUp) =>
        new RollUpProcessor(rollUp, logger, {
          redisUrl: env.REDIS_QUEUE_URL,
          lockMs: env.JOB_LOCK,
          stalledCheckMs: env.JOB_STALLED_CHECK,
        }),
    },
    {
      provide: WarmPlanner,
      inject: [WarmLedger],
      useFactory: (ledger: WarmLedger) =>
        new WarmPlanner(ledger, logger, {
          budgetShare: env.WARM_BUDGET,
          settleAfterMs: 2 * env.DEMAND_WINDOW + env.WARM_LEAD,
        }),
    },
    {
      provide: WarmReleaser,
      inject: [WarmReleases, PreviewQueue, Clock],
      useFactory: (releases: WarmReleases, queue: PreviewQueue, clock: Clock) =>
        new WarmReleaser(releases, queue, clock, logger, {
          inFlight: env.WARM_IN_FLIGHT,
          concurrency: env.WORKER_CONCURRENCY,
        }),
    },
    {
      provide: CacheRebuild,
      inject: [HotPreviews, PreviewCache, CacheRedis, Clock],
      useFactory: (hot: HotPreviews, cache: PreviewCache, redis: CacheRedis, clock: Clock) =>
        new CacheRebuild(hot, cache, redis, clock, logger, { keys: env.WARM_REBUILD_KEYS }),
    },
    {
      provide: WarmLoop,
      inject: [WarmPlanner, WarmReleaser, CacheRebuild, WarmLedger, Leases, Clock],
      useFactory: (
        planner: WarmPlanner,
        releaser: WarmReleaser,
        rebuild: CacheRebuild,
        ledger: WarmLedger,
        leases: Leases,
        clock: Clock,
      ) =>
        new WarmLoop(planner, releaser, rebuild, ledger, leases, clock, logger, {
          roundMs: env.WARM_ROUND,
          leadMs: env.WARM_LEAD,
          keepTotalsMs: env.STATISTICS_RETENTION,
        }),
    },
  ];
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

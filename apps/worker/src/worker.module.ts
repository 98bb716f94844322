import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CacheModule, PreviewCache } from '#libs/cache';
import { PreviewQueue } from '#libs/jobs';
import { Clock, withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { InvalidSettings } from '#libs/settings';
import {
  HotPreviews,
  Leases,
  PreviewStoreReader,
  PreviewStoreWriter,
  StoreModule,
  WarmLedger,
  WarmReleases,
} from '#libs/store';
import { Logger } from '#libs/telemetry';
import { AddressGuard } from './fetch/address-guard.js';
import { guardedAgent } from './fetch/guarded-agent.js';
import { PageFetcher } from './fetch/page-fetcher.js';
import { dialThrough } from './fetch/proxy-tunnel.js';
import { SmallFetcher } from './fetch/small-fetcher.js';
import { compatibleUserAgent, ownUserAgent } from './fetch/user-agent.js';
import { HealthController } from './health/health.controller.js';
import { OEmbedFinder } from './oembed/oembed-finder.js';
import { PaletteFinder } from './palette/palette-finder.js';
import { PaletteProcessor } from './palette/palette.processor.js';
import { PictureDecoder } from './palette/picture-decoder.js';
import { HostPlaces } from './politeness/host-places.js';
import { PoliteScraper } from './politeness/polite-scraper.js';
import { RobotsFetcher } from './politeness/robots-fetcher.js';
import { productToken } from './politeness/robots-rules.js';
import { Robots } from './politeness/robots.js';
import { SharedRobots } from './politeness/shared-robots.js';
import { DEFAULT_POLICY, type FreshnessPolicy } from './previews/freshness-policy.js';
import { PageScraper } from './previews/page-scraper.js';
import { PictureMeasurer } from './pictures/picture-measurer.js';
import { PictureNotes } from './pictures/picture-notes.js';
import { PoliteFetcher } from './pictures/polite-fetcher.js';
import { PreviewProcessor } from './previews/preview.processor.js';
import { PreviewUpdater } from './previews/preview-updater.js';
import { WorkSlots } from './previews/work-slots.js';
import { CacheRebuild } from './warming/cache-rebuild.js';
import { RollUp } from './warming/roll-up.js';
import { RollUpProcessor } from './warming/roll-up.processor.js';
import { WarmLoop } from './warming/warm-loop.js';
import { WarmPlanner } from './warming/warm-planner.js';
import { WarmReleaser } from './warming/warm-releaser.js';
import type { WorkerEnv } from './worker.env.js';

/** Wait for the queue's Redis at boot, in ms; without it warms wait, and so do jobs. */
const QUEUE_PATIENCE_MS = 2_000;

/** How long a place outlives the longest visit, in ms. */
const LEASE_SLACK_MS = 2_000;

/** Longest time for a robots.txt, in ms. */
const ROBOTS_TIMEOUT_MS = 5_000;

/** What a worker is made of. */
@Module({})
export class WorkerModule {
  static forRoot(env: WorkerEnv, logger: Logger): DynamicModule {
    const wayOut = guardedWayOut(env);
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
        { provide: WorkSlots, useValue: new WorkSlots(env.WORKER_CONCURRENCY) },
        {
          provide: HostPlaces,
          useFactory: () => hostPlaces(env, logger),
        },
        {
          provide: Robots,
          inject: [CacheRedis, Clock],
          useFactory: (redis: CacheRedis, clock: Clock) => robots(env, logger, wayOut, redis, clock),
        },
        {
          provide: PoliteScraper,
          inject: [Robots, HostPlaces],
          useFactory: (rules: Robots, places: HostPlaces) =>
            new PoliteScraper(rules, places, pageScraper(env, wayOut)),
        },
        {
          provide: PoliteFetcher,
          inject: [Robots, HostPlaces],
          useFactory: (rules: Robots, places: HostPlaces) =>
            new PoliteFetcher(new SmallFetcher(wayOut), rules, places),
        },
        {
          provide: PictureNotes,
          inject: [PreviewStoreReader, PreviewStoreWriter, PreviewCache, Clock],
          useFactory: (
            reader: PreviewStoreReader,
            writer: PreviewStoreWriter,
            cache: PreviewCache,
            clock: Clock,
          ) => new PictureNotes(reader, writer, cache, clock),
        },
        {
          provide: PictureMeasurer,
          inject: [PoliteFetcher, PictureNotes, WorkSlots],
          useFactory: (fetcher: PoliteFetcher, notes: PictureNotes, slots: WorkSlots) =>
            new PictureMeasurer(fetcher, notes, slots, (error) => logger.debug('a picture', error)),
        },
        { provide: PictureDecoder, useFactory: () => new PictureDecoder() },
        {
          provide: PaletteFinder,
          inject: [PreviewStoreReader, PoliteFetcher, PictureDecoder, PictureNotes],
          useFactory: (
            reader: PreviewStoreReader,
            fetcher: PoliteFetcher,
            decoder: PictureDecoder,
            notes: PictureNotes,
          ) =>
            new PaletteFinder(reader, fetcher, decoder, notes, (error) => logger.debug('a palette', error)),
        },
        {
          provide: PaletteProcessor,
          inject: [PaletteFinder],
          useFactory: (finder: PaletteFinder) =>
            new PaletteProcessor(finder, logger, {
              redisUrl: env.REDIS_QUEUE_URL,
              lockMs: env.JOB_LOCK,
              stalledCheckMs: env.JOB_STALLED_CHECK,
            }),
        },
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
        {
          provide: PreviewProcessor,
          inject: [PreviewUpdater, WorkSlots],
          useFactory: (updater: PreviewUpdater, slots: WorkSlots) =>
            new PreviewProcessor(updater, slots, logger, {
              redisUrl: env.REDIS_QUEUE_URL,
              concurrency: env.WORKER_CONCURRENCY,
              lockMs: env.JOB_LOCK,
              stalledCheckMs: env.JOB_STALLED_CHECK,
            }),
        },
        ...warming(env, logger),
      ],
    };
  }
}

/** Journey 3: what is counted, planned and warmed. */
function warming(env: WorkerEnv, logger: Logger): Provider[] {
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

async function hostPlaces(env: WorkerEnv, logger: Logger): Promise<HostPlaces> {
  const onAway = (cause: unknown) =>
    logger.warn('Redis (queue) is away: each worker counts its visits of a host for itself', cause);
  const places = new HostPlaces({
    redisUrl: env.REDIS_QUEUE_URL,
    concurrency: env.HOST_CONCURRENCY,
    spacingMs: env.HOST_SPACING,
    leaseMs: env.FETCH_TIMEOUT + LEASE_SLACK_MS,
    onError: (error) => logger.debug('places', error),
    onAway,
    onBack: () => logger.info('Redis (queue) is back: visits of a host are counted by the fleet'),
  });
  await withinDeadline(places.connected(), QUEUE_PATIENCE_MS, 'connecting to the queue').catch(onAway);
  return places;
}

/** What goes out, to pages, to what stands beside them and to what sites ask of robots, goes through one guarded agent, by one name. */
interface WayOut {
  readonly agent: ReturnType<typeof guardedAgent>;
  readonly userAgent: string;
}

function guardedWayOut(env: WorkerEnv): WayOut {
  const agent = guardedAgent({
    guard: new AddressGuard({ ports: env.FETCH_PORTS, allowCidrs: env.FETCH_ALLOW_CIDRS }),
    connectTimeoutMs: env.FETCH_CONNECT_TIMEOUT,
    headersTimeoutMs: env.FETCH_HEADERS_TIMEOUT,
    bodyTimeoutMs: env.FETCH_BODY_TIMEOUT,
    ...(env.OUTBOUND_PROXY_URL !== undefined && { dial: dialThrough(env.OUTBOUND_PROXY_URL) }),
  });
  return { agent, userAgent: env.FETCH_USER_AGENT ?? ownUserAgent(env.FETCH_ABOUT_URL) };
}

function robots(env: WorkerEnv, logger: Logger, wayOut: WayOut, redis: CacheRedis, clock: Clock): Robots {
  const fetcher = new RobotsFetcher({
    ...wayOut,
    timeoutMs: Math.min(env.FETCH_TIMEOUT, ROBOTS_TIMEOUT_MS),
  });
  const shared = new SharedRobots(redis, env.CACHE_DEADLINE, (error) => logger.debug('cache', error));
  return new Robots(fetcher, shared, clock, { scope: env.ROBOTS, robot: productToken(wayOut.userAgent) });
}

function pageScraper(env: WorkerEnv, wayOut: WayOut): PageScraper {
  const fetcher = new PageFetcher({
    ...wayOut,
    maxBytes: env.FETCH_MAX_BYTES,
    fallbackUserAgent: env.FETCH_FALLBACK_USER_AGENT ?? compatibleUserAgent(env.FETCH_ABOUT_URL),
    consentCookie: env.FETCH_CONSENT_COOKIE,
  });
  return new PageScraper(fetcher, new OEmbedFinder(new SmallFetcher(wayOut)), env.FETCH_TIMEOUT);
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

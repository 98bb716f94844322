import type { Provider } from '@nestjs/common';
import { Clock, withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import type { Logger } from '#libs/telemetry';
import { PageFetcher } from '../fetch/page-fetcher.js';
import { SmallFetcher } from '../fetch/small-fetcher.js';
import { compatibleUserAgent } from '../fetch/user-agent.js';
import type { WayOut } from '../fetch/way-out.js';
import { OEmbedFinder } from '../oembed/oembed-finder.js';
import { PoliteFetcher } from '../pictures/polite-fetcher.js';
import { PageScraper } from '../previews/page-scraper.js';
import type { WorkerEnv } from '../worker.env.js';
import { HostPlaces } from './host-places.js';
import { PoliteScraper } from './polite-scraper.js';
import { RobotsFetcher } from './robots-fetcher.js';
import { productToken } from './robots-rules.js';
import { Robots } from './robots.js';
import { SharedRobots } from './shared-robots.js';

/** Wait for the queue's Redis at boot, in ms; without it each process counts for itself. */
const QUEUE_PATIENCE_MS = 2_000;

/** How long a place outlives the longest visit, in ms. */
const LEASE_SLACK_MS = 2_000;

/** Longest time for a robots.txt, in ms. */
const ROBOTS_TIMEOUT_MS = 5_000;

/** Who visits hosts as they would have it. */
export function politenessProviders(env: WorkerEnv, logger: Logger, wayOut: WayOut): Provider[] {
  return [
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
  ];
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

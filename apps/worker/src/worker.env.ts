import { z } from 'zod';
import { cacheEnv } from '#libs/cache';
import { demandEnv } from '#libs/demand';
import { consumerEnv, producerEnv } from '#libs/jobs';
import { redisEnv } from '#libs/redis';
import {
  byteSize,
  cidrList,
  commaList,
  drainEnv,
  durationMs,
  percentage,
  port,
  wholeNumber,
  patienceMs,
} from '#libs/settings';
import { storeEnv } from '#libs/store';
import { telemetryEnv } from '#libs/telemetry';
import { DEFAULT_POLICY } from './previews/freshness-policy.js';
import { WORKER_QUEUES } from './queues/served-queues.js';
import { LATEST_CHUNK_MS } from './warming/roll-up.js';

const portList = commaList.pipe(z.array(port).min(1, 'expected port numbers with commas between'));
const QUEUES_EXPECTED = `expected any of ${WORKER_QUEUES.join(', ')}`;
const PRINTABLE = /^[\x20-\x7e]+$/;
const headerText = z.string().regex(PRINTABLE, 'expected printable ASCII');

/** Every variable that this process reads. */
export const workerEnv = {
  ...redisEnv,
  ...storeEnv,
  ...cacheEnv,
  ...consumerEnv,
  ...producerEnv,
  ...telemetryEnv,
  ...drainEnv,
  /** After so long reads are handed over by the gateways; twice that after a period they are all there. */
  DEMAND_WINDOW: demandEnv.DEMAND_WINDOW,
  /** Extra origin load that warming may cause, relative to fetching at reads alone; 0% warms nothing but what is ordered. */
  WARM_BUDGET: z
    .union([z.literal('0%').transform(() => 0), percentage], 'expected a share from 0% to 100% such as 10%')
    .default(0.1),
  /** The same for each host by itself. */
  WARM_HOST_BUDGET: percentage.default(0.25),
  /** Most warms in the queue at a time. Not set: a quarter of what the fleet scrapes at a time. */
  WARM_IN_FLIGHT: wholeNumber(1, 1_000).optional(),
  /** How often copies that are about to expire are looked for, and how long before their expiry they are renewed. */
  WARM_ROUND: patienceMs.default(1_000),
  WARM_LEAD: patienceMs.default(2_000),
  /** Most previews that are put back into a caching Redis which was emptied. */
  WARM_REBUILD_KEYS: wholeNumber(0, 10_000_000).default(100_000),
  /** How long a page is kept, with what is known of its demand, that is neither read nor visited: rhythms of a week need some weeks. */
  PREVIEW_RETENTION: durationMs
    .refine((ms) => ms >= 7 * 86_400_000, 'expected at least 7d')
    .default(90 * 86_400_000),
  /** How long totals by the minute are kept: for longer than a chunk of demand may be late. */
  STATISTICS_RETENTION: durationMs
    .refine((ms) => ms > LATEST_CHUNK_MS, 'expected more than 2d')
    .default(90 * 86_400_000),
  /** Address that the health endpoint listens on. */
  HOST: z.string().default('127.0.0.1'),
  /** Port of the health endpoint. Not set: none, so that any number of workers fit on one machine. */
  WORKER_PORT: port.optional(),
  /** Queues to take jobs from. Some worker has to serve each; who serves `demand` makes the rounds of the warm loop, too, one of them at a time. */
  WORKER_QUEUES: commaList
    .pipe(z.array(z.enum(WORKER_QUEUES, QUEUES_EXPECTED)).min(1, QUEUES_EXPECTED))
    .transform((queues) => [...new Set(queues)])
    .default([...WORKER_QUEUES]),
  /** Threads of libuv, which reads this itself before any code of ours is there: see `lookupsAtATime`. */
  UV_THREADPOOL_SIZE: wholeNumber(1, 1_024).default(4),
  /** Scrapes at a time. */
  WORKER_CONCURRENCY: wholeNumber(1, 1_000).default(16),
  /** Longest time for one page, redirects and body included. */
  FETCH_TIMEOUT: patienceMs.default(15_000),
  /** Of these the longest time to connect, TLS included; to wait for headers; and of silence within a body. */
  FETCH_CONNECT_TIMEOUT: patienceMs.default(3_000),
  FETCH_HEADERS_TIMEOUT: patienceMs.default(8_000),
  FETCH_BODY_TIMEOUT: patienceMs.default(5_000),
  /** Most of a page that is read, after decompression. */
  FETCH_MAX_BYTES: byteSize.default(1024 * 1024),
  /** Ports that public addresses may be visited on. */
  FETCH_PORTS: portList.default([80, 443]),
  /** Networks that may be visited although they aren't public, on every port. */
  FETCH_ALLOW_CIDRS: cidrList.default([]),
  /** Where those who run a site can read who visits them; it stands in both User-Agents. Say where you can be reached. */
  FETCH_ABOUT_URL: z
    .url({ protocol: /^https?$/, error: 'expected an http(s) URL' })
    .regex(PRINTABLE, 'expected printable ASCII')
    .default('https://warmlink.example/about'),
  /** Not set: `Warmlink/<version> (+FETCH_ABOUT_URL)`. */
  FETCH_USER_AGENT: headerText.optional(),
  /**
   * For a second try where the first is answered with 401, 403 or 406. Not set: `Mozilla/5.0 (compatible; Warmlink/<version>; +FETCH_ABOUT_URL)`.
   * The same as FETCH_USER_AGENT: no second try.
   */
  FETCH_FALLBACK_USER_AGENT: headerText.optional(),
  /** Sent, on a second try, to a host that redirects to a consent page (`consent.*`). The default is what Google's sites take for "no". */
  FETCH_CONSENT_COOKIE: headerText.default('SOCS=CAI'),
  /** HTTP proxy that all visits go through, by CONNECT to an address that was resolved and judged here. Not set: none. */
  OUTBOUND_PROXY_URL: z.url({ protocol: /^https?$/, error: 'expected an http(s) URL' }).optional(),
  /** Visits of one host at a time, over all workers. */
  HOST_CONCURRENCY: wholeNumber(1, 1_000).default(2),
  /** Least time between the starts of two visits of one host; 0ms: none. */
  HOST_SPACING: z
    .union([
      z.literal('0ms').transform(() => 0),
      durationMs.refine((ms) => ms <= 30_000, 'expected at most 30s'),
    ])
    .default(250),
  /** Whom robots.txt is asked for: visits that nobody waits for (background), all of them, or none (ignore). */
  ROBOTS: z.enum(['background', 'all', 'ignore'], 'expected background, all or ignore').default('background'),
  /** Longest lifetime of a page that was never checked again; after that its lifetime is learned. */
  TTL_DEFAULT: durationMs.default(DEFAULT_POLICY.ttlDefaultMs),
  /** Bounds of the learned lifetime. */
  TTL_MIN: durationMs.default(DEFAULT_POLICY.ttlMinMs),
  TTL_MAX: durationMs.default(DEFAULT_POLICY.ttlMaxMs),
  /** Share of reads that may be answered from a copy which the origin has changed meanwhile. */
  STALENESS_BUDGET: percentage.default(DEFAULT_POLICY.stalenessBudget),
  /** Longest grace in which a preview is served while it is refreshed; never longer than the lifetime before it. */
  STALE_WHILE_REVALIDATE: durationMs.default(DEFAULT_POLICY.staleWhileRevalidateMs),
  /** How long past its lifetime a preview is served while its origin fails. */
  STALE_IF_ERROR: durationMs.default(DEFAULT_POLICY.staleIfErrorMs),
  /** First pause after a failure that may well pass: unreachable, slow, 5xx, 429. It doubles up to an hour. */
  FAILURE_TTL_TRANSIENT: durationMs.default(DEFAULT_POLICY.transientMs),
  /** Pause after one that will last: gone, refused, no page. From the third on it is a day. */
  FAILURE_TTL_LASTING: durationMs.default(DEFAULT_POLICY.lastingMs),
};

export type WorkerEnv = z.output<z.ZodObject<typeof workerEnv>>;

import type { Counter, Metrics } from './metrics.js';

/** How a pool of connections is used now. */
export interface PoolUsage {
  readonly open: number;
  readonly idle: number;
  /** Who waits for a connection. */
  readonly waiting: number;
  /** Connections at the most. */
  readonly limit: number;
}

/** The connections to Postgres. */
export function postgresMetrics(metrics: Metrics, usage: () => PoolUsage): void {
  const connections = metrics.gauge(
    'warmlink_postgres_connections',
    'Connections of the pool to Postgres, by state.',
    'state',
  );
  const limit = metrics.gauge('warmlink_postgres_connections_limit', 'Connections at the most.');
  const waiting = metrics.gauge('warmlink_postgres_waiting', 'Statements that wait for a connection.');
  metrics.collect([connections, waiting], () => {
    const now = usage();
    connections.with({ state: 'busy' }).set(now.open - now.idle);
    connections.with({ state: 'idle' }).set(now.idle);
    limit.with({}).set(now.limit);
    waiting.with({}).set(now.waiting);
  });
}

/** Whether there are connections to the two Redis servers. A frozen one counts as connected; failures tell of it. */
export function redisMetrics(
  metrics: Metrics,
  isConnected: Readonly<Record<string, () => boolean | Promise<boolean>>>,
): void {
  const up = metrics.sharedGauge(
    'warmlink_redis_connected',
    'Whether there is a connection to this Redis.',
    'server',
  );
  metrics.collect([up], async () => {
    for (const [server, connected] of Object.entries(isConnected))
      up.with({ server }).set((await connected()) ? 1 : 0);
  });
}

/** Commands of the caching Redis that failed, or were late, and were taken as a miss. */
export function cacheFailures(metrics: Metrics): Counter {
  return metrics.counter(
    'warmlink_cache_failures_total',
    'Commands and connections of the caching Redis that failed or were late.',
  );
}

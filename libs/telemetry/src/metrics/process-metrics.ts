import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from './metrics.js';

/** What every process of Node says of itself, by the names that dashboards for Node know, and the one that alerts lack among them. */
export function processMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
  const limit = metrics.sharedGauge('warmlink_heap_limit_bytes', 'Heap at which V8 gives up.');
  metrics.collect([], () => limit.with({}).set(getHeapStatistics().heap_size_limit));
}

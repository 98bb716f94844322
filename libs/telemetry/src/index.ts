export { checkParts, type PartCheck, type PartStates } from './health.js';
export { Logger } from './logger.js';
export { SECONDS } from './metrics/distribution.js';
export {
  type Counter,
  type Gauge,
  type Histogram,
  Metrics,
  METRICS_TYPE,
  type MetricsSnapshot,
} from './metrics/metrics.js';
export { processMetrics } from './metrics/process-metrics.js';
export { cacheFailures, type PoolUsage, postgresMetrics, redisMetrics } from './metrics/server-metrics.js';
export { telemetryEnv } from './telemetry.env.js';
export { Tracing, type TracingOptions } from './tracing/tracing.js';
export { runProcess } from './run-process.js';

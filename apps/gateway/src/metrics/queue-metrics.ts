import type { Queue } from 'bullmq';
import { mayEvict, type PreviewQueue } from '#libs/jobs';
import type { Metrics } from '#libs/telemetry';

/** States of jobs that haven't ended well. Those that wait have a priority, or none. */
const STATES = ['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const;

/** How full the queues are, and the Redis that holds them: of the fleet, the same in each gateway. */
export function queueMetrics(
  metrics: Metrics,
  queues: Readonly<Record<string, Pick<Queue, 'getJobCounts'>>>,
  server: Pick<PreviewQueue, 'memory'>,
): void {
  const jobs = metrics.sharedGauge('warmlink_queue_jobs', 'Jobs in the queues, by state.', 'queue', 'state');
  metrics.collect([jobs], async () => {
    await Promise.all(
      Object.entries(queues).map(async ([queue, { getJobCounts }]) => {
        const counts = await getJobCounts.call(queues[queue], ...STATES);
        for (const state of STATES) jobs.with({ queue, state }).set(counts[state] ?? 0);
      }),
    );
  });
  const used = metrics.sharedGauge(
    'warmlink_queue_redis_memory_bytes',
    "Memory that the queue's Redis uses.",
  );
  const limit = metrics.sharedGauge(
    'warmlink_queue_redis_memory_limit_bytes',
    'Its maxmemory; 0: as much as the machine has.',
  );
  const evicts = metrics.sharedGauge(
    'warmlink_queue_redis_may_evict',
    'Whether it may throw jobs away: it must not.',
  );
  metrics.collect([used, limit, evicts], async () => {
    const memory = await server.memory();
    used.with({}).set(memory.usedBytes);
    limit.with({}).set(memory.limitBytes);
    evicts.with({}).set(mayEvict(memory) ? 1 : 0);
  });
}

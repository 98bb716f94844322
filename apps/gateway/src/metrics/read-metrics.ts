import type { DemandRecorder } from '#libs/demand';
import type { Metrics } from '#libs/telemetry';

/** Names of the recorder that say how a read ended, as labels. */
const ENDINGS = {
  'fresh.L1': { outcome: 'fresh', tier: 'L1' },
  'fresh.L2': { outcome: 'fresh', tier: 'L2' },
  'fresh.L3': { outcome: 'fresh', tier: 'L3' },
  'stale.L1': { outcome: 'stale', tier: 'L1' },
  'stale.L2': { outcome: 'stale', tier: 'L2' },
  'stale.L3': { outcome: 'stale', tier: 'L3' },
  missing: { outcome: 'missing', tier: 'none' },
  pending: { outcome: 'pending', tier: 'none' },
  failed: { outcome: 'failed', tier: 'none' },
} as const;

/** How reads end, as the demand recorder counts them anyway: reading it now and then costs reads nothing. */
export function readMetrics(metrics: Metrics, recorder: Pick<DemandRecorder, 'sinceStart'>): void {
  const reads = metrics.counter(
    'warmlink_reads_total',
    'Reads of previews, by how they ended. Those who came while one look at Redis or Postgres was under way share it, and each counts under its tier.',
    'outcome',
    'tier',
  );
  const warmed = metrics.counter(
    'warmlink_reads_warmed_total',
    'Reads that were fresh as their page had been renewed before anyone asked.',
  );
  const lost = metrics.counter(
    'warmlink_demand_lost_total',
    'Reads that no forecast hears of: their caller or host had its share of the window, or the queue took no chunk for too long.',
    'cause',
  );
  metrics.collect([], () => {
    const total = recorder.sinceStart;
    for (const [name, labels] of Object.entries(ENDINGS))
      reads.with(labels).set(total[name as keyof typeof ENDINGS]);
    warmed.with({}).set(total.warmed);
    lost.with({ cause: 'capped' }).set(total.uncounted);
    lost.with({ cause: 'dropped' }).set(total.dropped);
  });
}

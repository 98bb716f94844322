import { expect, test } from '@jest/globals';
import { DemandRecorder } from '#libs/demand';
import { Metrics } from '#libs/telemetry';
import { readMetrics } from './read-metrics.js';

test('reads are counted over all windows, each in one line', async () => {
  const recorder = new DemandRecorder({ maxKeys: 10, callerCap: 10, hostCap: 10 }, 0);
  const metrics = new Metrics();
  readMetrics(metrics, recorder);
  recorder.answered('fresh.L1');
  recorder.answered('warmed');
  recorder.cut(1_000);
  recorder.answered('fresh.L1');
  recorder.answered('failed');
  recorder.gaveUp(7);
  const counted = (await metrics.text())
    .split('\n')
    .filter((line) => /^warmlink_(reads|demand).* [^0]/.test(line));
  expect(counted).toEqual([
    'warmlink_reads_total{outcome="fresh",tier="L1"} 2',
    'warmlink_reads_total{outcome="failed",tier="none"} 1',
    'warmlink_reads_warmed_total 1',
    'warmlink_demand_lost_total{cause="dropped"} 7',
  ]);
});

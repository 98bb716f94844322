import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions, WarmLedger } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { WarmPlanner } from '../../apps/worker/src/warming/warm-planner.js';

/** What a process of the bench does, once. */
export interface RoundJob {
  readonly kind: 'select' | 'round';
  readonly databaseUrl: string;
  /** In ms since the epoch. */
  readonly now: number;
}

export interface RoundResult {
  readonly ms: number;
  readonly peakMegabytes: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as RoundJob;
const dataSource = await new DataSource(dataSourceOptions(job.databaseUrl, 2)).initialize();
const planner = new WarmPlanner(new WarmLedger(dataSource), new Logger('bench', 'warn'), {
  budgets: { share: 0.1, hostShare: 0.25 },
  settleAfterMs: 20_000,
});
const start = performance.now();
if (job.kind === 'round') await planner.decide(job.now, job.now);
else
  await dataSource.query(
    `SELECT p.key, p.version, p.due_at, p.ttl_ms, p.cost, p.host, p.moment_at, p.moment_kind,
       p.period_from, p.period_until, p.period_warmed, p.period_kind, d.state
     FROM warm_plan p LEFT JOIN demand d ON d.key = p.key`,
  );
const result: RoundResult = {
  ms: performance.now() - start,
  peakMegabytes: process.resourceUsage().maxRSS / 1_024,
};
process.send?.(result, () => void dataSource.destroy().then(() => process.disconnect()));

import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEFAULT_POLICY, type FreshnessPolicy } from '../../apps/worker/src/previews/freshness-policy.js';
import { BenchSite } from './bench-site.js';
import { exponential, seededRandom } from './content-change.js';
import { LaunchedStack } from './launched-stack.js';
import { replay } from './replay/replay.js';
import type { Row } from './replay/tally.js';
import { readTrace, type TraceRead } from './trace.js';

/** Pages that are read before the run, of another site. */
const WARM_UP_PAGES = 500;

/** Extra load that is allowed in all, and on one host: the site is one. */
const BUDGET = { all: 0.1, host: 0.25 };

/** How often the service decides, by default (ms). */
const ROUND_MS = 1_000;

const PORTS = { on: 4871, off: 4872 };

/** What a stack made of the reads; shares from 0 to 1. */
interface Served {
  readonly fresh: number;
  readonly stale: number;
  readonly failed: number;
  readonly visits: number;
}

/**
 * The real stack under a trace in compressed time, with warming and without, side by side in one run, and what the replay says of the same trace. A trace
 * of 300 s lifetimes at 30 times its speed is served with lifetimes of 10 s; everything else that is a time is compressed alike.
 * Fails where the two differ by more than `--promise` points.
 */
export async function warm(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ttl: { type: 'string', default: '300' },
      speed: { type: 'string', default: '30' },
      minutes: { type: 'string', default: '60' },
      promise: { type: 'string', default: '3' },
    },
  });
  const [ttlMs, speed, lastMs] = [
    Number(values.ttl) * 1_000,
    Number(values.speed),
    Number(values.minutes) * 60_000,
  ];
  const [file] = positionals;
  const all = file === undefined ? madeUpReads() : readTrace(file).reads;
  const start = all[0]?.at ?? 0;
  const reads = all.filter(({ at }) => at < start + lastMs);

  const [on, off] = await serveBoth(reads, ttlMs, speed);
  report(reads.length, on, off, replayed(reads, ttlMs, speed), Number(values.promise));
}

/** The replay of what the service is given: in compressed time, since a forecast knows hours and minutes, and after the same warm-up, which has its share of the budget. */
function replayed(reads: readonly TraceRead[], traceTtlMs: number, speed: number): readonly Row[] {
  const start = reads[0]?.at ?? 0;
  const warmUps = Array.from({ length: WARM_UP_PAGES }, (_, page) => ({
    at: start - 1,
    key: `warm-up ${page}`,
  }));
  const compressed = reads.map(({ at, key }) => ({ at: start + (at - start) / speed, key }));
  const ttlMs = traceTtlMs / speed;
  const { rows } = replay(
    'compressed',
    { reads: [...warmUps, ...compressed], brokenLines: 0, unsortedLines: 0 },
    {
      ttlMs,
      budget: 1 + BUDGET.all,
      graceMs: ttlMs,
      windowMs: 10_000 / speed,
      changes: false,
      service: { policy: oneLifetime(ttlMs), roundMs: ROUND_MS / speed, hostShare: BUDGET.host },
    },
  );
  const all = reads.length + WARM_UP_PAGES;
  const asideFetches = all * (1 - rows.find(({ strategy }) => strategy === 'cache-aside')!.fresh);
  return rows.map((row) => ({
    ...row,
    fresh: (row.fresh * all) / reads.length,
    stale: (row.stale * all) / reads.length,
    load: (row.load * asideFetches - WARM_UP_PAGES) / (asideFetches - WARM_UP_PAGES),
  }));
}

/** As it is for a service that is told one lifetime for all: with a jitter for each page. */
function oneLifetime(ttlMs: number): FreshnessPolicy {
  return {
    ...DEFAULT_POLICY,
    ttlMinMs: ttlMs,
    ttlDefaultMs: ttlMs,
    ttlMaxMs: ttlMs,
    staleWhileRevalidateMs: ttlMs,
  };
}

async function serveBoth(
  reads: readonly TraceRead[],
  ttlMs: number,
  speed: number,
): Promise<readonly [Served, Served]> {
  const compressed = (ms: number, least: number) => `${Math.max(least, Math.round(ms / speed))}ms`;
  const ttl = compressed(ttlMs, 1);
  const environment = {
    TTL_MIN: ttl,
    TTL_MAX: ttl,
    TTL_DEFAULT: ttl,
    STALE_WHILE_REVALIDATE: ttl,
    DEMAND_WINDOW: compressed(10_000, 50),
    WARM_ROUND: compressed(ROUND_MS, 50),
    WARM_LEAD: compressed(2_000, 150),
  };
  return Promise.all([
    serve(reads, speed, PORTS.on, {
      ...environment,
      WARM_BUDGET: `${100 * BUDGET.all}%`,
      WARM_HOST_BUDGET: `${100 * BUDGET.host}%`,
    }),
    serve(reads, speed, PORTS.off, { ...environment, WARM_BUDGET: '0%' }),
  ]);
}

/** Open loop: each read starts when its time has come. */
async function serve(
  reads: readonly TraceRead[],
  speed: number,
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<Served> {
  const site = await BenchSite.start();
  const stack = await LaunchedStack.start(port, environment);
  const counts = { fresh: 0, stale: 0, missing: 0, failed: 0 };
  try {
    await warmUp(stack);
    const traceStart = reads[0]?.at ?? 0;
    const start = performance.now();
    const running: Promise<void>[] = [];
    for (const { at, key } of reads) {
      const wait = start + (at - traceStart) / speed - performance.now();
      if (wait > 1) await pause(wait);
      running.push(
        read(stack.readUrl(site.url(key))).then((outcome) => {
          counts[outcome] += 1;
        }),
      );
    }
    await Promise.all(running);
  } finally {
    await stack.stop();
    await site.stop();
  }
  return {
    fresh: counts.fresh / reads.length,
    stale: counts.stale / reads.length,
    failed: counts.failed,
    visits: site.visits,
  };
}

/** A minute of a young process, at this speed, would be an hour of the trace. */
async function warmUp(stack: LaunchedStack): Promise<void> {
  const site = await BenchSite.start();
  for (let page = 0; page < WARM_UP_PAGES; page += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => read(stack.readUrl(site.url(`warm-up-${page + index}`)))),
    );
  await site.stop();
}

async function read(url: string): Promise<'fresh' | 'stale' | 'missing' | 'failed'> {
  const response = await fetch(url).catch(() => undefined);
  await response?.arrayBuffer();
  if (response?.status !== 200) return 'failed';
  const ttl = /hit; ttl=(-?\d+)/.exec(response.headers.get('cache-status') ?? '')?.[1];
  if (ttl === undefined) return 'missing';
  return Number(ttl) < 0 ? 'stale' : 'fresh';
}

function report(reads: number, on: Served, off: Served, rows: readonly Row[], promise: number): void {
  const row = (name: Row['strategy']) => rows.find(({ strategy }) => strategy === name)!;
  const load = on.visits / off.visits;
  const percent = (share: number) => (100 * share).toFixed(1);
  console.log('| | reads | fresh % | stale % | load | failed |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  const line = (name: string, fresh: number, stale: number, ratio: number, failed: number | '') =>
    console.log(
      `| ${name} | ${reads} | ${percent(fresh)} | ${percent(stale)} | ${ratio.toFixed(3)} | ${failed} |`,
    );
  line('service, warming off', off.fresh, off.stale, 1, off.failed);
  line('replay, swr', row('swr').fresh, row('swr').stale, 1, '');
  line('service, warming on', on.fresh, on.stale, load, on.failed);
  line('replay, warmlink', row('warmlink').fresh, row('warmlink').stale, row('warmlink').load, '');
  const differences = [
    on.fresh - row('warmlink').fresh,
    on.stale - row('warmlink').stale,
    load - row('warmlink').load,
    off.fresh - row('swr').fresh,
    off.stale - row('swr').stale,
  ].map((difference) => Math.abs(100 * difference));
  const largest = Math.max(...differences);
  console.log(`\nThe service differs from the replay by ${largest.toFixed(1)} points at the most.`);
  if (largest > promise || on.failed + off.failed > 0) process.exitCode = 1;
}

/** Half an hour of reads of 600 pages, from one every few seconds to one an hour. */
function madeUpReads(): readonly TraceRead[] {
  const reads: TraceRead[] = [];
  for (let page = 0; page < 600; page += 1) {
    const random = seededRandom(`reads of ${page}`);
    const meanMs = 20_000 * 180 ** random();
    for (let at = exponential(meanMs, random); at < 1_800_000; at += exponential(meanMs, random))
      reads.push({ at: Math.floor(at), key: `page-${page}` });
  }
  return reads.sort((one, other) => one.at - other.at);
}

import { basename } from 'node:path';
import { type Calibration, ReadOdds } from '#libs/forecast';
import { DEFAULT_POLICY, type FreshnessPolicy } from '../../../apps/worker/src/previews/freshness-policy.js';
import type { Trace } from '../trace.js';
import { replayCeiling, replayFixed } from './known-policies.js';
import { ChangingOrigin, STILL_ORIGIN } from './origin.js';
import { type Row, rowOf } from './tally.js';
import { type WarmlinkReplay, WarmlinkStrategy } from './warmlink.js';

export interface ReplayOptions {
  readonly ttlMs: number;
  /** Origin load that is allowed, relative to cache-aside: 1.1 is a tenth more. */
  readonly budget: number;
  /** How long past its lifetime a copy is served while it is refreshed, in ms; by default, and where lifetimes are learned at the most, the lifetime once more. */
  readonly graceMs?: number | undefined;
  readonly windowMs: number;
  /** Whether pages change; Warmlink then learns their lifetimes, and the others keep the one that is given. */
  readonly changes: boolean;
  /** What copies are decided by: what is learned, by default, or the table as a yardstick. */
  readonly model?: 'learned' | 'table';
  /** The service that it is to be compared with. */
  readonly service?: ReplayedService;
  /** Told how far Warmlink's probabilities could be trusted. */
  readonly onCalibration?: (calibration: Calibration) => void;
  readonly onProgress?: (reads: number) => void;
}

/** What a service goes by where it isn't as it comes, and the trace is of one host. */
export interface ReplayedService {
  readonly policy: FreshnessPolicy;
  readonly roundMs: number;
  /** Extra load that is allowed on the host: 0.25 is a quarter. */
  readonly hostShare: number;
}

export interface Replay {
  readonly trace: string;
  readonly ttlSeconds: number;
  readonly rows: readonly Row[];
}

/** One trace under each strategy, from a cold start. */
export function replay(file: string, trace: Trace, options: ReplayOptions): Replay {
  const { ttlMs, graceMs = ttlMs, changes } = options;
  const originOf = () => (changes ? new ChangingOrigin(trace.reads[0]?.at ?? 0) : STILL_ORIGIN);
  const aside = replayFixed(trace, originOf(), { ttlMs, graceMs: 0, refreshAhead: false });
  const rows = {
    'cache-aside': aside,
    swr: replayFixed(trace, originOf(), { ttlMs, graceMs, refreshAhead: false }),
    'refresh-ahead': replayFixed(trace, originOf(), { ttlMs, graceMs: 0, refreshAhead: true }),
    warmlink: warmlink(trace, options),
    ceiling: replayCeiling(trace, aside.fetches),
  };
  return {
    trace: basename(file).replace(/\.tsv(\.gz)?$/, ''),
    ttlSeconds: ttlMs / 1_000,
    rows: Object.entries(rows).map(([strategy, tally]) =>
      rowOf(strategy as Row['strategy'], tally, aside.fetches, changes),
    ),
  };
}

/** What Warmlink makes of a trace within several budgets. */
export function sweep(trace: Trace, budgets: readonly number[], options: ReplayOptions): readonly Row[] {
  const aside = replayFixed(trace, STILL_ORIGIN, { ttlMs: options.ttlMs, graceMs: 0, refreshAhead: false });
  return budgets.map((budget) =>
    rowOf('warmlink', warmlink(trace, { ...options, budget }), aside.fetches, options.changes),
  );
}

function lifetimesOf({ ttlMs, graceMs, changes }: ReplayOptions): WarmlinkReplay['lifetimes'] {
  if (!changes) return { ttlMs, graceMs: graceMs ?? ttlMs };
  return { ...DEFAULT_POLICY, ...(graceMs !== undefined && { staleWhileRevalidateMs: graceMs }) };
}

function warmlink(trace: Trace, options: ReplayOptions) {
  const { changes, windowMs, budget, model, service, onProgress, onCalibration } = options;
  const strategy = new WarmlinkStrategy(
    changes ? new ChangingOrigin(trace.reads[0]?.at ?? 0) : STILL_ORIGIN,
    {
      lifetimes: service?.policy ?? lifetimesOf(options),
      budgetShare: budget - 1,
      windowMs,
      roundMs: service?.roundMs,
      forecast: { ...(model === 'table' && { odds: new ReadOdds() }), hostShare: service?.hostShare },
      ...(service && { hostOf: () => 'one.example' }),
      ...(onProgress && { onProgress }),
    },
  );
  const tally = strategy.replay(trace);
  onCalibration?.(strategy.forecast.calibration);
  return tally;
}

import type { Totals, TotalStep } from '#libs/store';

/** Stretch of time that is summed up, in steps; times in ms since the epoch. Steps begin at multiples of their length, so that any two answers have the same ones. */
export interface StatisticsSpan {
  readonly from: number;
  readonly until: number;
  readonly stepMs: number;
}

/** Totals of one stretch, by what they are of: how reads ended, why origins were visited and what came of it, what was not visited out of politeness, what became of periods that were forecast. */
export interface StatisticsTotals {
  readonly reads: Totals;
  readonly visits: Totals;
  readonly skips: Totals;
  readonly warms: Totals;
}

/** Shares of the reads; null where there were none. */
export interface ReadRatios {
  readonly fresh: number | null;
  readonly stale: number | null;
  readonly missing: number | null;
}

/** What the names of each begin with. */
const GROUPS = { reads: 'read.', visits: 'visit.', skips: 'skip.', warms: 'warm.' } as const;

/** The steps that the last `sinceMs` lie in. */
export function statisticsSpan(now: number, sinceMs: number, stepMs: number): StatisticsSpan {
  return { from: Math.floor((now - sinceMs) / stepMs) * stepMs, until: now, stepMs };
}

/** @param steps what was counted within the span */
export function statisticsBody({ from, until, stepMs }: StatisticsSpan, steps: readonly TotalStep[]) {
  const series = new Map<number, TotalStep[]>();
  for (let at = from; at < until; at += stepMs) series.set(at, []);
  for (const step of steps) series.get(step.at)?.push(step);
  const totals = summedUp([...series.values()].flat());
  return {
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    step: stepMs,
    totals,
    ratios: readRatios(totals.reads),
    series: [...series].map(([at, own]) => ({ at: new Date(at).toISOString(), ...summedUp(own) })),
  };
}

function summedUp(steps: readonly TotalStep[]): StatisticsTotals {
  return {
    reads: totalsOf(GROUPS.reads, steps),
    visits: totalsOf(GROUPS.visits, steps),
    skips: totalsOf(GROUPS.skips, steps),
    warms: totalsOf(GROUPS.warms, steps),
  };
}

function totalsOf(group: string, steps: readonly TotalStep[]): Totals {
  const totals = new Map<string, number>();
  for (const { name, amount } of steps) {
    if (!name.startsWith(group)) continue;
    const what = name.slice(group.length);
    totals.set(what, (totals.get(what) ?? 0) + amount);
  }
  return Object.fromEntries(totals);
}

/** Who got nothing at once met a missing preview, whether he waited for it, was put off, or went away with an error. */
export function readRatios(reads: Totals): ReadRatios {
  const of = (wanted: (name: string) => boolean) =>
    Object.entries(reads).reduce((sum, [name, amount]) => (wanted(name) ? sum + amount : sum), 0);
  const fresh = of((name) => name.startsWith('fresh.'));
  const stale = of((name) => name.startsWith('stale.'));
  // The other names don't say how a read ended, and may stand beside one that does.
  const missing = of((name) => ['missing', 'pending', 'failed'].includes(name));
  const all = fresh + stale + missing;
  const share = (part: number) => (all === 0 ? null : part / all);
  return { fresh: share(fresh), stale: share(stale), missing: share(missing) };
}

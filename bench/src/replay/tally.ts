/** What became of a trace's reads, and what it cost. */
export class Tally {
  reads = 0;
  /** Answered from a copy that was within its lifetime. */
  fresh = 0;
  /** Answered at once from a copy that was past it. */
  stale = 0;
  /** Answered from a copy, fresh or stale, that its origin had changed meanwhile. */
  changed = 0;
  /** Visits to origins, and how many of them ended in a 304. */
  fetches = 0;
  notModified = 0;
  /** Visits that nobody had asked for, and how many of them were read before they expired, or never were. */
  warms = 0;
  used = 0;
  wasted = 0;
}

/** One line of the table; shares from 0 to 1. */
export interface Row {
  readonly strategy: 'cache-aside' | 'swr' | 'refresh-ahead' | 'warmlink' | 'ceiling';
  readonly fresh: number;
  readonly stale: number;
  /** Visits, relative to those of fixed-TTL cache-aside. */
  readonly load: number;
  /** Warms that nobody read, as a share of all visits. */
  readonly wasted: number;
  /** Share of the warms that were read; null where nothing was warmed. */
  readonly precision: number | null;
  /** Share of reads that met a page which had changed; with `--changes` alone. */
  readonly changed?: number;
  /** Visits that got a page and no 304, relative to all of fixed-TTL cache-aside; with `--changes` alone. */
  readonly scrapes?: number;
  /** Share of the visits that were answered by 304; with `--changes` alone. */
  readonly notModified?: number;
}

export function rowOf(
  strategy: Row['strategy'],
  tally: Tally,
  asideFetches: number,
  withChanges: boolean,
): Row {
  return {
    strategy,
    fresh: tally.fresh / tally.reads,
    stale: tally.stale / tally.reads,
    load: tally.fetches / asideFetches,
    wasted: tally.wasted / tally.fetches,
    precision: tally.used + tally.wasted === 0 ? null : tally.used / (tally.used + tally.wasted),
    ...(withChanges && {
      changed: tally.changed / tally.reads,
      scrapes: (tally.fetches - tally.notModified) / asideFetches,
      notModified: tally.notModified / tally.fetches,
    }),
  };
}

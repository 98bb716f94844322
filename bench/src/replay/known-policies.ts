import type { Trace } from '../trace.js';
import { ExpiryQueue } from './expiry-queue.js';
import type { Origin } from './origin.js';
import { Tally } from './tally.js';

interface Copy {
  until: number;
  version: number;
  wasRead: boolean;
  warmed: boolean;
}

export interface FixedLifetime {
  readonly ttlMs: number;
  /** How long past it a copy is served while it is refreshed, in ms. */
  readonly graceMs: number;
  /** Whether copies that were read since they were fetched are fetched again at their expiry. */
  readonly refreshAhead: boolean;
}

/**
 * The policies that everyone knows, with one fixed lifetime: cache-aside (no grace), stale-while-revalidate, and naive refresh-ahead. Origins answer
 * at once.
 */
export function replayFixed({ reads }: Trace, origin: Origin, policy: FixedLifetime): Tally {
  const tally = new Tally();
  const copies = new Map<string, Copy>();
  const expiries = new ExpiryQueue<string>();

  const fetch = (key: string, at: number, warmed: boolean) => {
    const held = copies.get(key);
    const { version, hasValidators } = origin.visit(key, at);
    tally.fetches += 1;
    if (held !== undefined && hasValidators && held.version === version) tally.notModified += 1;
    if (warmed) tally.warms += 1;
    const until = at + policy.ttlMs;
    copies.set(key, { until, version, wasRead: !warmed, warmed });
    if (policy.refreshAhead) expiries.add(until, key);
  };

  const expire = (until: number) => {
    while (expiries.next <= until) {
      const due = expiries.next;
      const key = expiries.take()!;
      const copy = copies.get(key);
      if (copy?.until !== due) continue;
      if (copy.warmed && !copy.wasRead) tally.wasted += 1;
      if (copy.wasRead) fetch(key, due, true);
    }
  };

  for (const { at, key } of reads) {
    expire(at);
    tally.reads += 1;
    const copy = copies.get(key);
    if (copy !== undefined && at < copy.until + policy.graceMs) {
      if (origin.versionAt(key, at) !== copy.version) tally.changed += 1;
      if (at < copy.until && copy.warmed && !copy.wasRead) tally.used += 1;
      copy.wasRead = true;
    }
    if (copy !== undefined && at < copy.until) tally.fresh += 1;
    else {
      if (copy !== undefined && at < copy.until + policy.graceMs) tally.stale += 1;
      fetch(key, at, false);
    }
  }
  return tally;
}

/**
 * What nobody can surpass: who knows the future has each page fetched just before it is read and its copy isn't fresh, so that only first reads are
 * missing; at the load of cache-aside.
 */
export function replayCeiling({ reads }: Trace, asideFetches: number): Tally {
  const tally = new Tally();
  const keys = new Set(reads.map(({ key }) => key));
  tally.reads = reads.length;
  tally.fresh = reads.length - keys.size;
  tally.fetches = asideFetches;
  tally.warms = asideFetches - keys.size;
  tally.used = tally.warms;
  return tally;
}

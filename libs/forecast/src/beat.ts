import type { DemandState } from './demand-state.js';
import { spreadOf } from './learned-odds.js';

/** Idle periods that a key must have had before it is said to have a beat, and how much they may spread (standard deviation of their logarithms). */
const LEAST_GAPS = 4;
const WIDEST_SPREAD = 0.35;

/** No beat is taken to be more exact than this: gateways hand over reads in windows, and clocks differ. */
const NARROWEST_SPREAD = 0.02;

/** Longest interval of a beat, in ms: what comes daily is a habit, and habits have weekends. */
const LONGEST_GAP_MS = 12 * 3_600_000;

/** How many standard deviations before the expected read a copy is renewed, where its lifetime reaches over it. */
const EARLY = 2.5;

/** After so many without a read, the beat is lost. */
const LOST = 4;

/** The regular intervals at which a key is read: log-normal ones. */
export interface Beat {
  /** Median interval, in ms. */
  readonly gapMs: number;
  readonly spread: number;
  /** How long after the last read a copy is best renewed, in ms: so that its lifetime covers the most of when the next one is expected. */
  readonly startMs: (ttlMs: number) => number;
}

/** The beat of a key, or undefined if it has none. */
export function beatOf(state: DemandState): Beat | undefined {
  if (state.gaps < LEAST_GAPS) return undefined;
  const spread = Math.max(NARROWEST_SPREAD, spreadOf(state));
  if (spread > WIDEST_SPREAD) return undefined;
  const gapMs = Math.exp(state.idleLogMean);
  if (gapMs > LONGEST_GAP_MS) return undefined;
  return {
    gapMs,
    spread,
    startMs: (ttlMs) => Math.max(gapMs * Math.exp(-EARLY * spread), gapMs - ttlMs / 2),
  };
}

/** Whether the next read may still be on the beat, at a time (ms since the epoch). */
export function isOnBeat({ gapMs, spread }: Beat, { lastReadAt }: DemandState, at: number): boolean {
  return at - lastReadAt < gapMs * Math.exp(LOST * spread);
}

/** How likely the next read comes within [from, from + periodMs), as it hasn't come before. */
export function beatProbability(
  { gapMs, spread }: Beat,
  { lastReadAt }: DemandState,
  from: number,
  periodMs: number,
): number {
  const idleMs = Math.max(1, from - lastReadAt);
  const before = distribution(Math.log(idleMs / gapMs) / spread);
  const until = distribution(Math.log((idleMs + periodMs) / gapMs) / spread);
  return (until - before) / Math.max(1e-9, 1 - before);
}

/** The normal distribution, nearly: the logistic one, whose tails are heavier, as are those of people. */
function distribution(deviations: number): number {
  return 1 / (1 + Math.exp(-1.702 * deviations));
}

import type { KeyReads } from './demand-state.js';

/** A copy's next period of freshness, whether it came to it or not: what a forecast is about. Times are ms since the epoch. */
export interface WarmPeriod {
  /** When the copy before it expired. */
  readonly from: number;
  readonly until: number;
  /** Whether the copy was renewed at `from`, before anyone asked. */
  readonly warmed: boolean;
}

/** *used*: warmed and read. *wasted*: warmed and not read. *skipped*: neither. *missed*: not warmed, and read. */
export type WarmOutcome = (typeof OUTCOMES)[number];

export const OUTCOMES = ['used', 'wasted', 'skipped', 'missed'] as const;

export function outcomeOf({ warmed }: WarmPeriod, wasRead: boolean): WarmOutcome {
  if (warmed) return wasRead ? 'used' : 'wasted';
  return wasRead ? 'missed' : 'skipped';
}

/**
 * Whether reads settle a period as read: the first after its beginning do, once, if they come before its end.
 *
 * @param lastReadAt the last read before these
 */
export function isSettledBy(
  { from, until }: WarmPeriod,
  lastReadAt: number | undefined,
  { firstAt, lastAt }: KeyReads,
): boolean {
  return (lastReadAt ?? Number.NEGATIVE_INFINITY) < from && lastAt >= from && firstAt < until;
}

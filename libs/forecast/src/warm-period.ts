import type { KeyReads } from './demand-state.js';
import type { MomentKind } from './warm-moment.js';

/** A copy's next period of freshness, whether it came to it or not: what a forecast is about. Times are ms since the epoch. */
export interface WarmPeriod {
  /** When the copy before it expired. */
  readonly from: number;
  readonly until: number;
  /** Whether the copy was renewed at `from`, before anyone asked. */
  readonly warmed: boolean;
  /** Why it was decided upon; at its copy's expiry by default. *none*: nothing can be learned from it, as it was cut short. */
  readonly kind?: MomentKind | 'none' | undefined;
  /** The page's host, where young keys are to go by those of their host. */
  readonly host?: string | undefined;
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

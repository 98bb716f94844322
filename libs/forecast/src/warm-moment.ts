import { beatOf, isOnBeat } from './beat.js';
import type { DemandState } from './demand-state.js';
import { nextWake } from './wake.js';

/**
 * Why a copy is decided upon at a moment. *expiry*: it expires then. *beat*: its key is read at regular intervals, and is about to be. *wake*: its key is
 * read at this time of the day or of the week, and sleeps.
 */
export type MomentKind = (typeof MOMENT_KINDS)[number];

export const MOMENT_KINDS = ['expiry', 'beat', 'wake'] as const;

/** When a copy is to be decided upon, in ms since the epoch. */
export interface WarmMoment {
  readonly at: number;
  readonly kind: MomentKind;
}

/** The first moment for a copy that expires at `dueAt`: at its expiry, or later, just before the next read of a key with a beat. */
export function firstMoment(state: DemandState | undefined, dueAt: number, ttlMs: number): WarmMoment {
  if (state === undefined) return { at: dueAt, kind: 'expiry' };
  const beat = beatOf(state);
  if (beat !== undefined && isOnBeat(beat, state, dueAt)) {
    const start = state.lastReadAt + beat.startMs(ttlMs);
    return { at: Math.max(dueAt, start), kind: 'beat' };
  }
  const wake = nextWake(state, dueAt, ttlMs);
  return { at: dueAt, kind: wake !== undefined && wake.at <= dueAt ? 'wake' : 'expiry' };
}

/** The next moment after one at which it was not warmed, or undefined: out of a sleep, when its key has been read in other weeks or on other days. */
export function laterMoment(
  state: DemandState | undefined,
  after: number,
  ttlMs: number,
): WarmMoment | undefined {
  if (state === undefined) return undefined;
  const wake = nextWake(state, after + 1, ttlMs);
  if (wake === undefined || wake.at > after) return wake && { at: wake.at, kind: 'wake' };
  const next = nextWake(state, wake.over, ttlMs);
  return next && { at: next.at, kind: 'wake' };
}

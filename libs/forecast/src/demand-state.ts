import { aged, type HourProfile, NO_HOURS, SLEEP_MS, weeksBetween, withWake } from './hour-profile.js';

/** Time constants (ms) of the windows in which reads are counted with exponential decay: from 15 s to 11 days, each four times the one before. */
export const WINDOWS_MS: readonly number[] = Array.from({ length: 9 }, (_, index) => 15_000 * 4 ** index);

/** Which of them tells what is hot: 64 minutes. */
const HEAT_WINDOW = 4;

/** All that is kept of the demand for one key: some eighty bytes, whatever its traffic. Times are ms since the epoch. */
export interface DemandState {
  readonly firstReadAt: number;
  readonly lastReadAt: number;
  /** Reads since the first. */
  readonly reads: number;
  /** Reads in each of WINDOWS_MS, decayed exponentially, as of `lastReadAt`. */
  readonly windows: readonly number[];
  /** Mean and mean square of the natural logarithms of idle periods (ms) between reads, decayed; 0 before there was one. */
  readonly idleLogMean: number;
  readonly idleLogSquare: number;
  /** Idle periods since the first read, as far as 255. */
  readonly gaps: number;
  /** When it is woken up. */
  readonly hours: HourProfile;
  /** Until when a copy would be fresh that is fetched when it is read and missing, and never otherwise: what a budget is measured against. */
  readonly asideUntil: number;
}

/** Reads of one key in a short window, as they are handed over. Times are ms since the epoch. */
export interface KeyReads {
  readonly reads: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** How much of the older idle periods a new one leaves. */
const IDLE_REMEMBER = 0.8;

/** State after more reads. They may come late: reads from before the last that is known only add to the counts. */
export function withReads(state: DemandState | undefined, seen: KeyReads): DemandState {
  if (state === undefined) {
    return {
      firstReadAt: seen.firstAt,
      lastReadAt: seen.lastAt,
      reads: seen.reads,
      windows: WINDOWS_MS.map(() => seen.reads),
      idleLogMean: 0,
      idleLogSquare: 0,
      gaps: 0,
      hours: withWake(NO_HOURS, seen.firstAt),
      asideUntil: 0,
    };
  }
  const lastReadAt = Math.max(state.lastReadAt, seen.lastAt);
  const heldFor = lastReadAt - state.lastReadAt;
  const seenFor = lastReadAt - seen.lastAt;
  return {
    firstReadAt: Math.min(state.firstReadAt, seen.firstAt),
    lastReadAt,
    reads: state.reads + seen.reads,
    windows: WINDOWS_MS.map(
      (windowMs, index) =>
        (state.windows[index] ?? 0) * Math.exp(-heldFor / windowMs) +
        seen.reads * Math.exp(-seenFor / windowMs),
    ),
    ...withIdlePeriod(state, seen.firstAt - state.lastReadAt),
    hours: withHours(state, seen.firstAt, lastReadAt),
    asideUntil: state.asideUntil,
  };
}

/** The profile goes by the week of the last read. */
function withHours(state: DemandState, firstAt: number, lastReadAt: number): HourProfile {
  const isWake = firstAt - state.lastReadAt >= SLEEP_MS;
  const hours = aged(state.hours, weeksBetween(state.lastReadAt, isWake ? firstAt : lastReadAt));
  return isWake ? aged(withWake(hours, firstAt), weeksBetween(firstAt, lastReadAt)) : hours;
}

function withIdlePeriod(
  { idleLogMean, idleLogSquare, gaps }: DemandState,
  idleMs: number,
): Pick<DemandState, 'idleLogMean' | 'idleLogSquare' | 'gaps'> {
  if (idleMs <= 0) return { idleLogMean, idleLogSquare, gaps };
  const log = Math.log(idleMs);
  if (idleLogSquare === 0) return { idleLogMean: log, idleLogSquare: log * log, gaps: 1 };
  return {
    gaps: Math.min(255, gaps + 1),
    idleLogMean: IDLE_REMEMBER * idleLogMean + (1 - IDLE_REMEMBER) * log,
    idleLogSquare: IDLE_REMEMBER * idleLogSquare + (1 - IDLE_REMEMBER) * log * log,
  };
}

/** Reads of late, as of the last: in a window of about an hour. Keys are ordered by it. */
export function heatOf({ windows }: DemandState): number {
  return windows[HEAT_WINDOW] ?? 0;
}

/** The same as of a later moment (ms since the epoch): it fades. */
export function heatAt(state: DemandState, now: number): number {
  return heatOf(state) * Math.exp(-Math.max(0, now - state.lastReadAt) / WINDOWS_MS[HEAT_WINDOW]!);
}

/**
 * Reads as a rate (1/ms) over about `windowMs`, at `now`: between the two windows that are nearest, corrected for the time that a young key hasn't
 * lived yet.
 */
export function recentRate(state: DemandState, windowMs: number, now: number): number {
  const position = Math.log(windowMs / WINDOWS_MS[0]!) / Math.log(4);
  const lower = Math.min(WINDOWS_MS.length - 2, Math.max(0, Math.floor(position)));
  const share = Math.min(1, Math.max(0, position - lower));
  return (1 - share) * rateIn(state, lower, now) + share * rateIn(state, lower + 1, now);
}

function rateIn(state: DemandState, index: number, now: number): number {
  const windowMs = WINDOWS_MS[index]!;
  const decayed = state.windows[index]! * Math.exp(-Math.max(0, now - state.lastReadAt) / windowMs);
  const age = Math.max(1_000, now - state.firstReadAt);
  return decayed / (windowMs * -Math.expm1(-age / windowMs));
}

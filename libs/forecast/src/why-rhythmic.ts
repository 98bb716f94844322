import { beatOf } from './beat.js';
import type { DemandState } from './demand-state.js';
import { nextWake } from './wake.js';
import type { WarmMoment } from './warm-moment.js';

const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** The rhythm that a moment goes by, in words; undefined for an expiry, and for a rhythm that is gone. */
export function whyRhythmic({ at, kind }: WarmMoment, state: DemandState, ttlMs: number): string | undefined {
  if (kind === 'beat') {
    const beat = beatOf(state);
    return beat && `Read every ${duration(beat.gapMs)}, give or take ${Math.round(100 * beat.spread)} %.`;
  }
  if (kind !== 'wake') return undefined;
  const wake = nextWake(state, at, ttlMs);
  if (wake === undefined) return undefined;
  const { days, missedDays, weeks, missedWeeks } = wake.attendance;
  const ofWeeks = weeks + missedWeeks === 0 ? '' : `, and in ${weeks} of ${weeks + missedWeeks} weeks`;
  return `Read about this time on ${days} of ${days + missedDays} such days${ofWeeks}.`;
}

function duration(ms: number): string {
  const [unit, length] = UNITS.find(([, inMs]) => ms >= 2 * inMs) ?? ['s', 1_000];
  return `${Math.round(ms / length)} ${unit}`;
}

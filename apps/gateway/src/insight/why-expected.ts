import { type DemandState, heatAt } from '#libs/forecast';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/**
 * What a forecast rests on, as a sentence: `About 12 reads in the last hour, the last one 40 s ago, 300 in all.` Reads of late are counted with decay, which
 * for a page that is read evenly comes to those of an hour.
 */
export function whyExpected(state: DemandState, now: number): string {
  const recent = Math.min(state.reads, Math.round(heatAt(state, now)));
  const lately = recent === 0 ? 'No reads' : `About ${count(recent)}`;
  return `${lately} in the last hour, the last one ${ago(now - state.lastReadAt)}, ${state.reads} in all.`;
}

function count(reads: number): string {
  return reads === 1 ? '1 read' : `${reads} reads`;
}

/** @param ms negative where another clock is ahead */
function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'just now';
  const [unit, length] = UNITS.find(([, inSeconds]) => seconds >= 2 * inSeconds) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit} ago`;
}

import type { AnswerOutcome } from '#libs/demand';
import { type CallerLimits, freshness } from '#libs/preview';
import { isWarmed, type PendingAnswer, type PreviewAnswer } from './preview-answer.js';

type Outcomes = readonly AnswerOutcome[];
type ByTier = Readonly<Record<PreviewAnswer['tier'], Outcomes>>;

// Written out: a name put together for each read is looked for among all names that V8 knows, each time that something is counted under it.
const FRESH: ByTier = { L1: ['fresh.L1'], L2: ['fresh.L2'], L3: ['fresh.L3'] };
const WARMED: ByTier = { L1: ['fresh.L1', 'warmed'], L2: ['fresh.L2', 'warmed'], L3: ['fresh.L3', 'warmed'] };
const STALE: ByTier = { L1: ['stale.L1'], L2: ['stale.L2'], L3: ['stale.L3'] };
const MISSING: Outcomes = ['missing'];
const PENDING: Outcomes = ['pending'];

/** How a read ended, for the pictures. A hit that is no longer good enough for this caller, and was all there was, counts as stale. */
export function readOutcomes(
  answer: PreviewAnswer | PendingAnswer,
  now: number,
  limits: CallerLimits,
): Outcomes {
  if (answer.kind === 'pending') return PENDING;
  if (answer.kind !== 'hit') return MISSING;
  if (freshness(answer.copy, now, limits) !== 'fresh') return STALE[answer.tier];
  return (isWarmed(answer, now) ? WARMED : FRESH)[answer.tier];
}

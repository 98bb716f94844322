import type { AnswerOutcome } from '#libs/demand';
import { type CallerLimits, freshness } from '#libs/preview';
import { isWarmed, type PendingAnswer, type PreviewAnswer } from './preview-answer.js';

/** How a read ended, for the pictures. A hit that is no longer good enough for this caller, and was all there was, counts as stale. */
export function readOutcomes(
  answer: PreviewAnswer | PendingAnswer,
  now: number,
  limits: CallerLimits,
): readonly AnswerOutcome[] {
  if (answer.kind === 'pending') return ['pending'];
  if (answer.kind !== 'hit') return ['missing'];
  const state = freshness(answer.copy, now, limits) === 'fresh' ? 'fresh' : 'stale';
  const outcome = `${state}.${answer.tier}` as const;
  return state === 'fresh' && isWarmed(answer, now) ? [outcome, 'warmed'] : [outcome];
}

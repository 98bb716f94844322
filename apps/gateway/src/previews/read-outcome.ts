import type { AnswerOutcome } from '#libs/demand';
import { type CallerLimits, freshness } from '#libs/preview';
import type { PendingAnswer, PreviewAnswer } from './preview-answer.js';

/** How a read ended, for the pictures. A hit that is no longer good enough for this caller, and was all there was, counts as stale. */
export function readOutcome(
  answer: PreviewAnswer | PendingAnswer,
  now: number,
  limits: CallerLimits,
): AnswerOutcome {
  if (answer.kind === 'pending') return 'pending';
  if (answer.kind !== 'hit') return 'missing';
  const state = freshness(answer.entry, now, limits) === 'fresh' ? 'fresh' : 'stale';
  return `${state}.${answer.tier}`;
}

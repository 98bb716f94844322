import type { Found } from '#libs/cache';
import type { CanonicalUrl } from '#libs/preview';

/** A copy to answer with, and how it came about: it was there, nothing was, what was there wasn't good enough, or the caller didn't ask. */
export interface PreviewAnswer extends Found {
  readonly kind: 'hit' | 'scraped' | 'renewed' | 'forced';
  /** There is about to be a better one: colours that were asked for are still being looked for. */
  readonly isPassing?: true;
}

/** The caller's wait is over, the scrape goes on. */
export interface PendingAnswer {
  readonly kind: 'pending';
  readonly url: CanonicalUrl;
  readonly jobId: string;
}

/** Whether an answer is fresh because its copy was renewed before anyone asked. */
export function isWarmed({ kind, copy }: PreviewAnswer, now: number): boolean {
  return kind === 'hit' && copy.fetchedFor === 'warm' && now < copy.freshUntil;
}

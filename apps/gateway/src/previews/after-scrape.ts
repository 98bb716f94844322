/** What is known when a wait for a scrape has ended. */
export interface ScrapeEnding {
  /** Version of the visit that the copy is from which is there now, if there is one. */
  readonly foundVersion: number | undefined;
  /** Version that the reader saw before he asked; `null` where there was none. */
  readonly seenVersion: number | null;
  /** Whether he wants the origin visited although the copy is fresh. */
  readonly insist: boolean;
  /** Whether the job's end was heard of, rather than the wait's. */
  readonly wasHeard: boolean;
  readonly isTimeLeft: boolean;
}

/**
 * *renewed*: there is something newer. *still-fresh*: the worker looked and saw no need, by its own clock. *ask-again*: the job that
 * was joined was content with less than this reader is. *too-late*: his time is up.
 */
export type AfterScrape = 'renewed' | 'still-fresh' | 'ask-again' | 'too-late';

/** What a reader does after a scrape that he waited for. The cache's word counts, whatever became of the job or of the news about it. */
export function afterScrape({
  foundVersion,
  seenVersion,
  insist,
  wasHeard,
  isTimeLeft,
}: ScrapeEnding): AfterScrape {
  if (foundVersion !== undefined && foundVersion > (seenVersion ?? 0)) return 'renewed';
  if (foundVersion !== undefined && wasHeard && !insist) return 'still-fresh';
  return wasHeard && isTimeLeft ? 'ask-again' : 'too-late';
}

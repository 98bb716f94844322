/** What an origin gave to recognise its page by (RFC 9110, section 8.8). */
export interface Validators {
  /** The URL that gave them: a validator means nothing to another one. */
  readonly url: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** What the worker remembers of a page from one scrape to the next; readers never see it. */
export interface ScrapeMemory {
  readonly validators: Validators | null;
  /** Tells whether the preview changed: a hash of what a reader would notice. `null` before the first success. */
  readonly contentHash: string | null;
  /** When the content was last compared, in ms since the epoch. */
  readonly comparedAt: number;
  /** How often it was compared. */
  readonly comparisons: number;
  /** What the comparisons say about its change rate: the log-likelihood of each rate of the grid (#libs/forecast). */
  readonly changeEvidence: readonly number[];
  /** Failures since the last success. */
  readonly failures: number;
}

export const NO_MEMORY: ScrapeMemory = {
  validators: null,
  contentHash: null,
  comparedAt: 0,
  comparisons: 0,
  changeEvidence: [],
  failures: 0,
};

import type { PreviewEntry, ScrapeMemory, VisitReason } from '#libs/preview';

/** A preview that has been scraped and has no version yet. */
export type UnversionedEntry = Omit<PreviewEntry, 'version'>;

/** What a scrape starts from, as of one moment. */
export interface ScrapeStart {
  /** What is stored now. */
  readonly held: PreviewEntry | undefined;
  readonly memory: ScrapeMemory;
  /** Experience with the host; undefined for one that was never seen. */
  readonly hostWeights: readonly number[] | undefined;
  /** Version of the visit whose copy is in the key's place, purged or not; a save goes over just this one's. */
  readonly visitVersion: number | null;
  /** Version of the newest purge of all, when it began: one beyond it voids the scrape. */
  readonly startedAt: number;
}

/** A visit to an origin, or one that was not made, for the totals. */
export interface Visit {
  /** `order`: a warm that a person asked for. */
  readonly reason: VisitReason | 'order';
  /** `backed-off`: the origin had asked to be left alone, so there was no visit. */
  readonly work: 'page' | 'not-modified' | 'failed' | 'backed-off';
  /** In ms since the epoch. */
  readonly at: number;
}

/** What a scrape found, and what it taught. */
export interface ScrapeEnd {
  readonly visit: Visit;
  /** Load that fetching the page once more puts on its origin: 1 for a page, less for a conditional request. */
  readonly refetchCost: number;
  readonly entry: UnversionedEntry;
  readonly memory: ScrapeMemory;
  /** New experience with the host, if there is any. */
  readonly hostWeights: readonly number[] | undefined;
}

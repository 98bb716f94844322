import type {
  CanonicalUrl,
  LinkPreview,
  PreviewEntry,
  PreviewFacets,
  PreviewKey,
  ScrapeOutcome,
  VisitReason,
} from '#libs/preview';

/** What an entry is made of, of a row of `preview AS v`; times in ms since the epoch. */
export const ENTRY_COLUMNS = `v.key, v.version, v.url, v.fetch_url, v.preview, v.outcome, v.facets, v.tags, v.fetched_for,
  ${epochMs('fetched_at')}, ${epochMs('fresh_until')}, ${epochMs('stale_until')}`;

/** These columns, as they come from Postgres, which hands out a bigint as text; versions stay far below 2^53. */
export interface EntryRow {
  readonly key: string;
  readonly version: string;
  readonly url: string;
  readonly fetch_url: string;
  readonly preview: LinkPreview | null;
  readonly outcome: ScrapeOutcome;
  readonly facets: PreviewFacets;
  readonly tags: string[];
  readonly fetched_for: VisitReason;
  readonly fetched_at: number;
  readonly fresh_until: number;
  readonly stale_until: number;
}

/** An entry from its row. The brands come back by the table's word: whoever wrote the row had them. */
export function toEntry(row: EntryRow): PreviewEntry {
  return {
    key: row.key as PreviewKey,
    version: Number(row.version),
    url: row.url as CanonicalUrl,
    fetchUrl: row.fetch_url,
    preview: row.preview,
    outcome: row.outcome,
    facets: row.facets,
    tags: row.tags,
    fetchedFor: row.fetched_for,
    fetchedAt: row.fetched_at,
    freshUntil: row.fresh_until,
    staleUntil: row.stale_until,
  };
}

function epochMs(column: string): string {
  return `(extract(epoch FROM v.${column}) * 1000)::float8 AS ${column}`;
}

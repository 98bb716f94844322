import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hostOf, type PreviewEntry } from '#libs/preview';

/** A preview that has been scraped and has no version yet. */
export type UnversionedEntry = Omit<PreviewEntry, 'version'>;

/**
 * Stores a row only if the version that the writer has seen ($12; NULL when there was none) is still the one that is there.
 * So a worker that was frozen in the middle of a scrape can't put its old page over a newer one.
 */
const SAVE_UNLESS_CHANGED = `
INSERT INTO preview AS held
  (key, version, url, host, fetch_url, preview, outcome, facets, tags, fetched_at, fresh_until, stale_until)
VALUES ($1, nextval('preview_version'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (key) DO UPDATE SET
  version = excluded.version, fetch_url = excluded.fetch_url, preview = excluded.preview, outcome = excluded.outcome,
  facets = excluded.facets, tags = excluded.tags, fetched_at = excluded.fetched_at,
  fresh_until = excluded.fresh_until, stale_until = excluded.stale_until
WHERE held.version = $12
RETURNING version`;

/** Writes previews to Postgres. Only the worker has one. */
@Injectable()
export class PreviewStoreWriter {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Saves an entry under a new version, unless another writer was faster.
   *
   * @param seenVersion the version that the scrape started from; `null` where there was none
   * @returns the entry with its version, or undefined when another version has been stored meanwhile
   */
  async save(entry: UnversionedEntry, seenVersion: number | null): Promise<PreviewEntry | undefined> {
    const rows: readonly { version: string }[] = await this.dataSource.query(SAVE_UNLESS_CHANGED, [
      entry.key,
      entry.url,
      hostOf(entry.url),
      entry.fetchUrl,
      entry.preview === null ? null : JSON.stringify(entry.preview),
      JSON.stringify(entry.outcome),
      JSON.stringify(entry.facets),
      entry.tags,
      new Date(entry.fetchedAt),
      new Date(entry.freshUntil),
      new Date(entry.staleUntil),
      seenVersion,
    ]);
    const [row] = rows;
    return row === undefined ? undefined : { ...entry, version: Number(row.version) };
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Tables whose rows go when their page has not been read for long. */
export type UnreadTable = 'preview' | 'demand';

/** How far a walk through a table has come. */
export interface WalkStep {
  /** To go on from; undefined at the end of the table. */
  readonly cursor: string | undefined;
  /** Rows that were deleted. */
  readonly dropped: number;
}

/** Before all keys. */
const START = '00000000-0000-0000-0000-000000000000';

/**
 * By table, the rows of a walk ($1: after this key, $2: so many) that are deleted, for nothing happened to them since $3, in ms since the epoch. A visit counts, too:
 * unless it was a warm somebody asked. What is being written at this moment is left for the next walk, so that neither waits for the other. The plan
 * of a preview goes with it.
 */
const UNREAD: Readonly<Record<UnreadTable, string>> = {
  preview: `
    SELECT p.key FROM preview p JOIN walked USING (key) LEFT JOIN demand d ON d.key = p.key
    WHERE p.fetched_at < to_timestamp($3::bigint / 1000.0) AND coalesce(d.last_read_at, 0) < $3::bigint
    FOR UPDATE OF p SKIP LOCKED`,
  demand: `
    SELECT d.key FROM demand d JOIN walked USING (key) WHERE d.last_read_at < $3::bigint FOR UPDATE OF d SKIP LOCKED`,
};

/** Lets go of pages that nobody reads any more, a few rows at a time and by the primary key: no statement takes long, and none needs an index of its own. */
@Injectable()
export class UnreadRows {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Looks at the next rows of a table, in the order of their keys, and deletes those that are of no use.
   *
   * @param before ms since the epoch: what was read or visited since stays
   * @param cursor where the step before this one ended; undefined begins at the beginning
   * @param limit most rows that are looked at
   */
  async drop(
    table: UnreadTable,
    before: number,
    cursor: string | undefined,
    limit: number,
  ): Promise<WalkStep> {
    const [row]: readonly { walked: number; last: string | null; dropped: number }[] =
      await this.dataSource.query(
        `WITH walked AS (SELECT key FROM ${table} WHERE key > $1::uuid ORDER BY key LIMIT $2),
           unread AS (${UNREAD[table]}),
           gone AS (DELETE FROM ${table} WHERE key IN (SELECT key FROM unread) RETURNING key)
         SELECT (SELECT count(*)::int FROM walked) AS walked, (SELECT count(*)::int FROM gone) AS dropped,
           (SELECT key FROM walked ORDER BY key DESC LIMIT 1) AS last`,
        [cursor ?? START, limit, Math.floor(before)],
      );
    const { walked, last, dropped } = row!;
    return { cursor: walked < limit ? undefined : (last ?? undefined), dropped };
  }
}

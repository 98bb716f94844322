import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CanonicalUrl, PreviewEntry, PreviewKey } from '#libs/preview';
import { ENTRY_COLUMNS, type EntryRow, toEntry } from './preview-entry-row.js';
import { queryWithin } from './query-within.js';

/** A stored preview with the state of its demand. Times in ms since the epoch. */
export interface HotPreview {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
  readonly dueAt: number;
  readonly ttlMs: number;
  readonly cost: number;
  /** Set aside to be warmed at its expiry. */
  readonly isPlanned: boolean;
  readonly demand: Uint8Array;
}

/** Time constant (ms) by which heat fades: that of the window of reads that it was taken from. */
export const HEAT_FADES_MS = 3_840_000;

/** Recent reads as of now; the exponent is bounded, as Postgres takes an underflow for an error. */
const HEAT_NOW = `d.heat * exp(-least(500, greatest(0, $1 - d.last_read_at) / ${HEAT_FADES_MS}.0))`;

/** Stored previews in the order of how hot they are. It looks at all demand there is: for operators and rebuilds, not for readers. */
@Injectable()
export class HotPreviews {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param now ms since the epoch
   * @param limitMs Postgres gives up after it
   */
  async hottest(now: number, limit: number, limitMs: number): Promise<readonly HotPreview[]> {
    const rows = await queryWithin<{
      key: string;
      url: string;
      due_at: string;
      ttl_ms: string;
      cost: number;
      planned: boolean;
      state: Buffer;
    }>(
      this.dataSource,
      limitMs,
      `SELECT d.key, v.url, p.due_at, p.ttl_ms, p.cost, p.score IS NOT NULL AS planned, d.state
       FROM demand d JOIN warm_plan p ON p.key = d.key JOIN preview v ON v.key = d.key
       ORDER BY ${HEAT_NOW} DESC LIMIT $2`,
      [now, limit],
    );
    return rows.map((row) => ({
      key: row.key as PreviewKey,
      url: row.url as CanonicalUrl,
      dueAt: Number(row.due_at),
      ttlMs: Number(row.ttl_ms),
      cost: row.cost,
      isPlanned: row.planned,
      demand: row.state,
    }));
  }

  /** Keys whose copies can still be served, the hottest first; those that were never read come last, the youngest before the others. */
  async servableKeys(now: number, limit: number): Promise<readonly PreviewKey[]> {
    const rows: readonly { key: PreviewKey }[] = await this.dataSource.query(
      `SELECT v.key FROM preview v LEFT JOIN demand d ON d.key = v.key
       WHERE greatest(v.fresh_until, v.stale_until) > $3
       ORDER BY ${HEAT_NOW} DESC NULLS LAST, v.fetched_at DESC LIMIT $2`,
      [now, limit, new Date(now)],
    );
    return rows.map(({ key }) => key);
  }

  async entriesOf(keys: readonly PreviewKey[]): Promise<readonly PreviewEntry[]> {
    const rows: readonly EntryRow[] = await this.dataSource.query(
      `SELECT ${ENTRY_COLUMNS} FROM preview v WHERE v.key = ANY($1)`,
      [keys],
    );
    return rows.map(toEntry);
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CanonicalUrl, PreviewEntry, PreviewKey } from '#libs/preview';
import { ENTRY_COLUMNS, type EntryRow, toEntry } from './preview-entry-row.js';
import { queryWithin } from './query-within.js';
import type { PlanMoment } from './warm-ledger.js';

/** A stored preview with the state of its demand. Times in ms since the epoch. */
export interface HotPreview {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
  readonly dueAt: number;
  readonly ttlMs: number;
  readonly cost: number;
  readonly host: string | undefined;
  /** The moment after its expiry that the decision was put off to. */
  readonly moment: PlanMoment | undefined;
  /** Set aside to be warmed. */
  readonly isPlanned: boolean;
  readonly demand: Uint8Array;
}

/** Time constant (ms) by which heat fades: that of the window of reads that it was taken from. */
export const HEAT_FADES_MS = 3_840_000;

/** Recent reads as of now; the exponent is bounded, as Postgres takes an underflow for an error. */
const HEAT_NOW = `d.heat * exp(-least(500, greatest(0, $1 - d.last_read_at) / ${HEAT_FADES_MS}.0))`;

/** How far ahead (ms) moments are looked for. */
const SOON_MS = 3_600_000;

/** Stored previews in the order of how hot they are. It looks at all demand there is: for operators and rebuilds, not for readers. */
@Injectable()
export class HotPreviews {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Those that were read most of late, and those that will be decided upon within the hour for they have a rhythm: `limit` of each at the most.
   *
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
      host: string | null;
      moment_at: string | null;
      moment_kind: string;
      planned: boolean;
      state: Buffer;
    }>(
      this.dataSource,
      limitMs,
      `WITH hot AS (
         SELECT d.key FROM demand d JOIN warm_plan p ON p.key = d.key ORDER BY ${HEAT_NOW} DESC LIMIT $2
       ), soon AS (
         SELECT key FROM warm_plan
         WHERE coalesce(moment_at, due_at) BETWEEN $1 AND $1 + ${SOON_MS} AND moment_at IS NOT NULL
         ORDER BY coalesce(moment_at, due_at) LIMIT $2
       )
       SELECT d.key, v.url, p.due_at, p.ttl_ms, p.cost, p.host, p.moment_at, p.moment_kind, p.score IS NOT NULL AS planned, d.state
       FROM (TABLE hot UNION TABLE soon) AS found
         JOIN demand d ON d.key = found.key JOIN warm_plan p ON p.key = d.key JOIN preview v ON v.key = d.key
       ORDER BY ${HEAT_NOW} DESC`,
      [now, limit],
    );
    return rows.map((row) => ({
      key: row.key as PreviewKey,
      url: row.url as CanonicalUrl,
      dueAt: Number(row.due_at),
      ttlMs: Number(row.ttl_ms),
      cost: row.cost,
      host: row.host ?? undefined,
      moment: row.moment_at === null ? undefined : { at: Number(row.moment_at), kind: row.moment_kind },
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

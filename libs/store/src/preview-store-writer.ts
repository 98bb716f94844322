import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  type CanonicalUrl,
  hostOf,
  type LinkPreview,
  NO_MEMORY,
  type PreviewEntry,
  type PreviewKey,
  type ScrapeMemory,
  visitVersion,
} from '#libs/preview';
import { DayPartitions } from './day-partitions.js';
import { addTotals } from './minute-totals.js';
import { poolOf, runPrepared } from './prepared.js';
import { ENTRY_COLUMNS, type EntryRow, toEntry } from './preview-entry-row.js';
import { scopesOf, SCOPES_OF_ROW } from './purge-scope.js';
import { saveScrape } from './save-scrape.js';
import type { ScrapeEnd, ScrapeStart, Visit } from './scrape.js';
import { underSharedLock } from './store-lock.js';

/** `void`: what was scraped has been purged meanwhile. `superseded`: another writer was faster. */
export type SaveResult =
  | { readonly kind: 'saved'; readonly entry: PreviewEntry }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'void' };

/**
 * All that a scrape starts from, as of one moment: up to where purges are known, the newest that reaches the row, the row, and the experience with its host.
 */
const BEGIN_SCRAPE = {
  name: 'begin_scrape',
  sql: `
SELECT (SELECT coalesce(max(version), 0) FROM purge) AS purges, (SELECT max(version) FROM purge WHERE scope = ANY(${SCOPES_OF_ROW})) AS purged,
  (SELECT weights FROM host_experience WHERE host = $2) AS weights, v.memory, ${ENTRY_COLUMNS}
FROM (VALUES (1)) one LEFT JOIN preview v ON v.key = $1::uuid`,
};

/** As it comes from Postgres; without a row its columns are null. */
type ScrapeStartRow = (EntryRow | { readonly key: null }) & {
  readonly purges: string;
  readonly purged: string | null;
  readonly weights: number[] | null;
  readonly memory: ScrapeMemory | null;
};

/** Adds to what a visit brought, while it is the newest there is and no purge ($5: the scopes) came after it. */
const AMEND = {
  name: 'amend_preview',
  sql: `
UPDATE preview SET version = nextval('preview_version'), preview = $3, facets = $4
WHERE key = $1 AND version = $2 AND NOT EXISTS (SELECT FROM purge WHERE scope = ANY($5::text[]) AND version > $2)
RETURNING version`,
};

/** Names that a copy is reached by, under the same condition. */
const RETAG = {
  name: 'retag_preview',
  sql: `
UPDATE preview SET version = nextval('preview_version'), tags = $3, facets = $4
WHERE key = $1 AND version = $2 AND NOT EXISTS (SELECT FROM purge WHERE scope = ANY($5::text[]) AND version > $2)
RETURNING version`,
};

/** Writes previews to Postgres. Only the worker has one. */
@Injectable()
export class PreviewStoreWriter {
  private readonly partitions: DayPartitions;

  constructor(private readonly dataSource: DataSource) {
    this.partitions = new DayPartitions(dataSource);
  }

  /**
   * Reads all that a scrape starts from, without a lock: purges are noted one after the other, so that whichever isn't seen here has a higher version, and
   * voids the save. What has been purged is as good as not there.
   */
  async begin(key: PreviewKey, url: CanonicalUrl): Promise<ScrapeStart> {
    const [start] = await runPrepared<ScrapeStartRow>(poolOf(this.dataSource), BEGIN_SCRAPE, [
      key,
      hostOf(url),
    ]);
    const { purges, purged, weights, memory, ...row } = start!;
    const held = row.key === null ? undefined : toEntry(row);
    const isPurged = held !== undefined && held.version < Number(purged);
    return {
      held: isPurged ? undefined : held,
      memory: (isPurged ? null : memory) ?? NO_MEMORY,
      hostWeights: weights ?? undefined,
      visitVersion: held === undefined ? null : visitVersion(held),
      startedAt: Number(purges),
    };
  }

  /** Saves what a scrape found under a new version, unless another writer was faster or a purge came between. */
  async save(end: ScrapeEnd, start: ScrapeStart): Promise<SaveResult> {
    await this.partitions.ensure('minute_total', end.visit.at);
    const { isVoid, saved } = await saveScrape(this.dataSource, end, start);
    if (isVoid) return { kind: 'void' };
    return saved === null ? { kind: 'superseded' } : { kind: 'saved', entry: { ...end.entry, ...saved } };
  }

  /**
   * Adds to a copy what became known of it after its visit, under a new version; the copy's times stay, and it counts as no visit.
   *
   * @returns undefined where the copy has been replaced or purged meanwhile
   */
  async amend(held: PreviewEntry, preview: LinkPreview): Promise<PreviewEntry | undefined> {
    const facets = { ...held.facets, amends: visitVersion(held) };
    const [row] = await underSharedLock<{ version: string }>(this.dataSource, AMEND, [
      held.key,
      held.version,
      JSON.stringify(preview),
      JSON.stringify(facets),
      scopesOf(held),
    ]);
    return row && { ...held, preview, facets, version: Number(row.version) };
  }

  /**
   * Gives a copy other tags, under a new version; as `amend`.
   *
   * @returns undefined where the copy has been replaced or purged meanwhile
   */
  async retag(held: PreviewEntry, tags: readonly string[]): Promise<PreviewEntry | undefined> {
    const facets = { ...held.facets, amends: visitVersion(held) };
    const [row] = await underSharedLock<{ version: string }>(this.dataSource, RETAG, [
      held.key,
      held.version,
      tags,
      JSON.stringify(facets),
      scopesOf(held),
    ]);
    return row && { ...held, tags, facets, version: Number(row.version) };
  }

  /** Counts a visit that robots.txt was against. There is nothing to store of it. @param at ms since the epoch */
  async countDisallowed(reason: Visit['reason'], at: number): Promise<void> {
    await this.partitions.ensure('minute_total', at);
    await addTotals(this.dataSource.manager, at, { [`skip.${reason}.disallowed`]: 1 });
  }
}

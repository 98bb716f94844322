import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type CanonicalUrl,
  hostOf,
  type LinkPreview,
  NO_MEMORY,
  type PreviewEntry,
  type PreviewKey,
} from '#libs/preview';
import { DayPartitions } from './day-partitions.js';
import { addTotals } from './minute-totals.js';
import { toEntry } from './preview-entry-row.js';
import { PreviewRow } from './preview.entity.js';
import { scopesOf } from './purge-scope.js';
import { saveScrape } from './save-scrape.js';
import type { ScrapeEnd, ScrapeStart, Visit } from './scrape.js';
import { underSharedLock } from './store-lock.js';

/** `void`: what was scraped has been purged meanwhile. `superseded`: another writer was faster. */
export type SaveResult =
  | { readonly kind: 'saved'; readonly entry: PreviewEntry }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'void' };

/** Up to where purges are known, and the experience with a host. */
const PURGES_AND_HOST = `
SELECT (SELECT coalesce(max(version), 0) FROM purge) AS purges, (SELECT weights FROM host_experience WHERE host = $1) AS weights`;

const LAST_PURGE = `SELECT coalesce(max(version), 0) AS version FROM purge WHERE scope = ANY($1)`;

/** Adds to what a visit brought, while it is the newest there is. */
const AMEND_UNLESS_CHANGED = `
UPDATE preview SET version = nextval('preview_version'), preview = $3, facets = $4 WHERE key = $1 AND version = $2
RETURNING version`;

/** Writes previews to Postgres. Only the worker has one. */
@Injectable()
export class PreviewStoreWriter {
  private readonly partitions: DayPartitions;

  constructor(private readonly dataSource: DataSource) {
    this.partitions = new DayPartitions(dataSource);
  }

  /**
   * Reads all that a scrape starts from. What has been purged is as good as not there.
   *
   * Purges first, and without a lock: they are noted one after the other, so that whichever isn't seen here has a higher version, and voids the save. One
   * that comes between this look and the next voids it, too, although its rows are seen to be gone; then the scrape is begun anew.
   */
  async begin(key: PreviewKey, url: CanonicalUrl): Promise<ScrapeStart> {
    const { manager } = this.dataSource;
    const [start]: readonly { purges: string; weights: number[] | null }[] = await manager.query(
      PURGES_AND_HOST,
      [hostOf(url)],
    );
    const row = await manager
      .getRepository(PreviewRow)
      .createQueryBuilder('preview')
      .addSelect('preview.memory')
      .where({ key })
      .getOne();
    const isPurged = row !== null && row.version < (await lastPurge(manager, toEntry(row)));
    return {
      held: row === null || isPurged ? undefined : toEntry(row),
      memory: (isPurged ? null : row?.memory) ?? NO_MEMORY,
      hostWeights: start?.weights ?? undefined,
      rowVersion: row?.version ?? null,
      startedAt: Number(start?.purges),
    };
  }

  /** Saves what a scrape found under a new version, unless another writer was faster or a purge came between. */
  async save(end: ScrapeEnd, start: ScrapeStart): Promise<SaveResult> {
    await this.partitions.ensure('minute_total', end.visit.at);
    return underSharedLock(this.dataSource, async (transaction) => {
      const { isVoid, version } = await saveScrape(transaction, end, start);
      if (isVoid) return { kind: 'void' };
      return version === null ? { kind: 'superseded' } : { kind: 'saved', entry: { ...end.entry, version } };
    });
  }

  /**
   * Adds to a copy what became known of it after its visit, under a new version; the copy's times stay, and it counts as no visit.
   *
   * @returns undefined where the copy has been replaced or purged meanwhile
   */
  async amend(held: PreviewEntry, preview: LinkPreview): Promise<PreviewEntry | undefined> {
    const facets = { ...held.facets, amends: held.version };
    return underSharedLock(this.dataSource, async (transaction) => {
      if ((await lastPurge(transaction, held)) > held.version) return undefined;
      const [rows]: [readonly { version: string }[], number] = await transaction.query(AMEND_UNLESS_CHANGED, [
        held.key,
        held.version,
        JSON.stringify(preview),
        JSON.stringify(facets),
      ]);
      return rows[0] && { ...held, preview, facets, version: Number(rows[0].version) };
    });
  }

  /** Counts a visit that robots.txt was against. There is nothing to store of it. @param at ms since the epoch */
  async countDisallowed(reason: Visit['reason'], at: number): Promise<void> {
    await this.partitions.ensure('minute_total', at);
    await addTotals(this.dataSource.manager, at, { [`skip.${reason}.disallowed`]: 1 });
  }
}

/** The version of the newest purge that reaches an entry; 0 if there was none. */
async function lastPurge(manager: EntityManager, entry: Parameters<typeof scopesOf>[0]): Promise<number> {
  const [row]: readonly { version: string }[] = await manager.query(LAST_PURGE, [scopesOf(entry)]);
  return Number(row?.version);
}

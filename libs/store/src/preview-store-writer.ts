import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type CanonicalUrl,
  hostOf,
  NO_MEMORY,
  type PreviewEntry,
  type PreviewKey,
  type ScrapeMemory,
} from '#libs/preview';
import { HostExperienceRow } from './host-experience.entity.js';
import { toEntry } from './preview-entry-row.js';
import { PreviewRow } from './preview.entity.js';
import { scopesOf } from './purge-scope.js';

/** A preview that has been scraped and has no version yet. */
export type UnversionedEntry = Omit<PreviewEntry, 'version'>;

/** What a scrape starts from, as of one moment. */
export interface ScrapeStart {
  /** What is stored now. */
  readonly held: PreviewEntry | undefined;
  readonly memory: ScrapeMemory;
  /** Experience with the host; undefined for one that was never seen. */
  readonly hostWeights: readonly number[] | undefined;
  /** Where the scale of versions stood: a purge beyond it voids the scrape. */
  readonly startedAt: number;
}

/** What a scrape found, and what it taught. */
export interface ScrapeEnd {
  readonly entry: UnversionedEntry;
  readonly memory: ScrapeMemory;
  /** New experience with the host, if there is any. */
  readonly hostWeights: readonly number[] | undefined;
}

/** `void`: what was scraped has been purged meanwhile. `superseded`: another writer was faster. */
export type SaveResult =
  | { readonly kind: 'saved'; readonly entry: PreviewEntry }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'void' };

/** Writers share it; a purge takes it alone for a moment, to wait for those that looked for purges before it was there. */
export const STORE_LOCK = 0x73746f7265; // "store" in ASCII

const IS_VOID = `SELECT 1 FROM purge WHERE scope = ANY($1) AND version > $2 LIMIT 1`;

/**
 * Stores a row only if the version that the writer has seen ($13; NULL when there was none) is still the one that is there.
 * So a worker that was frozen in the middle of a scrape can't put its old page over a newer one.
 */
const SAVE_UNLESS_CHANGED = `
INSERT INTO preview AS held
  (key, version, url, host, fetch_url, preview, outcome, facets, tags, fetched_at, fresh_until, stale_until, memory)
VALUES ($1, nextval('preview_version'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (key) DO UPDATE SET
  version = excluded.version, fetch_url = excluded.fetch_url, preview = excluded.preview, outcome = excluded.outcome,
  facets = excluded.facets, tags = excluded.tags, fetched_at = excluded.fetched_at,
  fresh_until = excluded.fresh_until, stale_until = excluded.stale_until, memory = excluded.memory
WHERE held.version = $13
RETURNING version`;

/** Writes previews to Postgres. Only the worker has one. */
@Injectable()
export class PreviewStoreWriter {
  constructor(private readonly dataSource: DataSource) {}

  /** Reads all that a scrape starts from. */
  async begin(key: PreviewKey, url: CanonicalUrl): Promise<ScrapeStart> {
    // First the scale, then the row: a purge in between voids the scrape, which is the safe way to be wrong.
    const scale: readonly { value: string }[] = await this.dataSource.query(
      `SELECT last_value AS value FROM preview_version`,
    );
    const [row, host] = await Promise.all([
      this.dataSource
        .getRepository(PreviewRow)
        .createQueryBuilder('preview')
        .addSelect('preview.memory')
        .where({ key })
        .getOne(),
      this.dataSource.getRepository(HostExperienceRow).findOneBy({ host: hostOf(url) }),
    ]);
    return {
      held: row === null ? undefined : toEntry(row),
      memory: row?.memory ?? NO_MEMORY,
      hostWeights: host?.weights,
      startedAt: Number(scale[0]?.value),
    };
  }

  /** Saves what a scrape found under a new version, unless another writer was faster or a purge came between. */
  async save({ entry, memory, hostWeights }: ScrapeEnd, start: ScrapeStart): Promise<SaveResult> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query('SELECT pg_advisory_xact_lock_shared($1)', [STORE_LOCK]);
      const purges: unknown[] = await transaction.query(IS_VOID, [scopesOf(entry), start.startedAt]);
      if (purges.length > 0) return { kind: 'void' };
      const version = await saveRow(transaction, entry, memory, start.held?.version ?? null);
      if (version === undefined) return { kind: 'superseded' };
      if (hostWeights !== undefined) await saveHost(transaction, hostOf(entry.url), hostWeights);
      return { kind: 'saved', entry: { ...entry, version } };
    });
  }
}

async function saveRow(
  transaction: EntityManager,
  entry: UnversionedEntry,
  memory: ScrapeMemory,
  seenVersion: number | null,
): Promise<number | undefined> {
  const rows: readonly { version: string }[] = await transaction.query(SAVE_UNLESS_CHANGED, [
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
    JSON.stringify(memory),
    seenVersion,
  ]);
  return rows[0] === undefined ? undefined : Number(rows[0].version);
}

/** Two scrapes of one host may write over each other's experience: it is an average, and loses little. */
async function saveHost(transaction: EntityManager, host: string, weights: readonly number[]): Promise<void> {
  await transaction.query(
    `INSERT INTO host_experience (host, weights) VALUES ($1, $2)
     ON CONFLICT (host) DO UPDATE SET weights = excluded.weights`,
    [host, weights],
  );
}

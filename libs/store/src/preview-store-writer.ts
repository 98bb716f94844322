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
import { LOCK_SHARED } from './store-lock.js';

/** A preview that has been scraped and has no version yet. */
export type UnversionedEntry = Omit<PreviewEntry, 'version'>;

/** What a scrape starts from, as of one moment. */
export interface ScrapeStart {
  /** What is stored now. */
  readonly held: PreviewEntry | undefined;
  readonly memory: ScrapeMemory;
  /** Experience with the host; undefined for one that was never seen. */
  readonly hostWeights: readonly number[] | undefined;
  /** Version of the row in the key's place, purged or not; a save goes over just this one. */
  readonly rowVersion: number | null;
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

/** Where the scale of versions stands: 0 before the first. */
const SCALE = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS value FROM preview_version`;

const LAST_PURGE = `SELECT coalesce(max(version), 0) AS version FROM purge WHERE scope = ANY($1)`;

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

  /** Reads all that a scrape starts from. What has been purged is as good as not there. */
  async begin(key: PreviewKey, url: CanonicalUrl): Promise<ScrapeStart> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query(LOCK_SHARED);
      const [scale]: readonly { value: string }[] = await transaction.query(SCALE);
      const row = await transaction
        .getRepository(PreviewRow)
        .createQueryBuilder('preview')
        .addSelect('preview.memory')
        .where({ key })
        .getOne();
      const host = await transaction.getRepository(HostExperienceRow).findOneBy({ host: hostOf(url) });
      const isPurged = row !== null && row.version < (await lastPurge(transaction, toEntry(row)));
      return {
        held: row === null || isPurged ? undefined : toEntry(row),
        memory: (isPurged ? null : row?.memory) ?? NO_MEMORY,
        hostWeights: host?.weights,
        rowVersion: row?.version ?? null,
        startedAt: Number(scale?.value),
      };
    });
  }

  /** Saves what a scrape found under a new version, unless another writer was faster or a purge came between. */
  async save({ entry, memory, hostWeights }: ScrapeEnd, start: ScrapeStart): Promise<SaveResult> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query(LOCK_SHARED);
      if ((await lastPurge(transaction, entry)) > start.startedAt) return { kind: 'void' };
      const version = await saveRow(transaction, entry, memory, start.rowVersion);
      if (version === undefined) return { kind: 'superseded' };
      if (hostWeights !== undefined) await saveHost(transaction, hostOf(entry.url), hostWeights);
      return { kind: 'saved', entry: { ...entry, version } };
    });
  }
}

/** The version of the newest purge that reaches an entry; 0 if there was none. */
async function lastPurge(transaction: EntityManager, entry: Parameters<typeof scopesOf>[0]): Promise<number> {
  const [row]: readonly { version: string }[] = await transaction.query(LAST_PURGE, [scopesOf(entry)]);
  return Number(row?.version);
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

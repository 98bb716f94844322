import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type CanonicalUrl,
  hostOf,
  type LinkPreview,
  NO_MEMORY,
  type PreviewEntry,
  type PreviewKey,
  type ScrapeMemory,
  type VisitReason,
} from '#libs/preview';
import { DayPartitions } from './day-partitions.js';
import { HostExperienceRow } from './host-experience.entity.js';
import { addTotals } from './minute-totals.js';
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

/** `void`: what was scraped has been purged meanwhile. `superseded`: another writer was faster. */
export type SaveResult =
  | { readonly kind: 'saved'; readonly entry: PreviewEntry }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'void' };

/** Where the scale of versions stands: 0 before the first. */
const SCALE = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS value FROM preview_version`;

const LAST_PURGE = `SELECT coalesce(max(version), 0) AS version FROM purge WHERE scope = ANY($1)`;

/**
 * Stores a row only if the version that the writer has seen ($14; NULL when there was none) is still the one that is there, or was merely added to.
 * So a worker that was frozen in the middle of a scrape can't put its old page over a newer one.
 */
const SAVE_UNLESS_CHANGED = `
INSERT INTO preview AS held
  (key, version, url, host, fetch_url, preview, outcome, facets, tags, fetched_for, fetched_at, fresh_until, stale_until, memory)
VALUES ($1, nextval('preview_version'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (key) DO UPDATE SET
  version = excluded.version, fetch_url = excluded.fetch_url, preview = excluded.preview, outcome = excluded.outcome,
  facets = excluded.facets, tags = excluded.tags, fetched_for = excluded.fetched_for, fetched_at = excluded.fetched_at,
  fresh_until = excluded.fresh_until, stale_until = excluded.stale_until, memory = excluded.memory
WHERE held.version = $14 OR (held.facets->'amends')::bigint = $14
RETURNING version`;

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
  async save(end: ScrapeEnd, start: ScrapeStart): Promise<SaveResult> {
    const { entry, memory, hostWeights, visit } = end;
    await this.partitions.ensure('minute_total', visit.at);
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query(LOCK_SHARED);
      if ((await lastPurge(transaction, entry)) > start.startedAt) return { kind: 'void' };
      const version = await saveRow(transaction, entry, memory, start.rowVersion);
      if (version === undefined) return { kind: 'superseded' };
      if (hostWeights !== undefined) await saveHost(transaction, hostOf(entry.url), hostWeights);
      const isFirst =
        entry.outcome.kind === 'success' && (await planExpiry(transaction, { ...entry, version }, end));
      await addTotals(transaction, visit.at, { [totalOf(visit, isFirst)]: 1 });
      return { kind: 'saved', entry: { ...entry, version } };
    });
  }

  /**
   * Adds to a copy what became known of it after its visit, under a new version; the copy's times stay, and it counts as no visit.
   *
   * @returns undefined where the copy has been replaced or purged meanwhile
   */
  async amend(held: PreviewEntry, preview: LinkPreview): Promise<PreviewEntry | undefined> {
    const facets = { ...held.facets, amends: held.version };
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query(LOCK_SHARED);
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

function totalOf({ reason, work }: Visit, isFirst: boolean): string {
  if (work === 'backed-off') return `skip.${reason}.${work}`;
  return `visit.${reason}.${isFirst ? 'first' : work}`;
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
    entry.fetchedFor,
    new Date(entry.fetchedAt),
    new Date(entry.freshUntil),
    new Date(entry.staleUntil),
    JSON.stringify(memory),
    seenVersion,
  ]);
  return rows[0] === undefined ? undefined : Number(rows[0].version);
}

/**
 * When this copy expires it is a candidate to be warmed. A copy before it that had expired, and that a reader renews, has had its period; one that was set
 * aside to be warmed and wasn't in time has not been.
 *
 * @returns whether it is the first copy of its page
 */
async function planExpiry(
  transaction: EntityManager,
  { key, version, fetchedAt, freshUntil }: PreviewEntry,
  { visit, refetchCost }: ScrapeEnd,
): Promise<boolean> {
  const [row]: readonly { is_first: boolean }[] = await transaction.query(
    `INSERT INTO warm_plan AS held (key, version, due_at, ttl_ms, cost) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (key) DO UPDATE SET
       version = excluded.version, due_at = excluded.due_at, ttl_ms = excluded.ttl_ms, cost = excluded.cost, score = NULL,
       period_from = CASE WHEN held.due_at <= $6 THEN held.due_at ELSE held.period_from END,
       period_until = CASE WHEN held.due_at <= $6 THEN held.due_at + held.ttl_ms ELSE held.period_until END,
       period_warmed = held.period_warmed AND held.score IS NULL
         AND (held.due_at > $6 OR held.period_from = held.due_at)
     RETURNING xmax = 0 AS is_first`,
    [
      key,
      version,
      Math.floor(freshUntil),
      Math.max(1, Math.floor(freshUntil - fetchedAt)),
      refetchCost,
      visit.at,
    ],
  );
  return row?.is_first ?? false;
}

/** Two scrapes of one host may write over each other's experience: it is an average, and loses little. */
async function saveHost(transaction: EntityManager, host: string, weights: readonly number[]): Promise<void> {
  await transaction.query(
    `INSERT INTO host_experience (host, weights) VALUES ($1, $2)
     ON CONFLICT (host) DO UPDATE SET weights = excluded.weights`,
    [host, weights],
  );
}

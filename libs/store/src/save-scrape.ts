import type { DataSource } from 'typeorm';
import { hostOf } from '#libs/preview';
import { TOTAL_SLOT } from './minute-totals.js';
import { scopesOf } from './purge-scope.js';
import type { ScrapeEnd, ScrapeStart, Visit } from './scrape.js';
import { underSharedLock } from './store-lock.js';

/**
 * All that a scrape leaves behind, in one statement: a worker spends more on round trips than Postgres does on the rows. Each part needs the one before it.
 *
 * - `purged`: a purge that came after the scrape's start ($15) and reaches the entry ($14: its scopes) voids it.
 * - `saved`: only if the visit that the writer has seen ($16; NULL when there was none) is still the newest, whatever was added to its copy. So a
 *   worker that was frozen in the middle of a scrape can't put its old page over a newer one.
 * - `experience`: two scrapes of one host may write over each other's. It is an average, and loses little.
 * - `planned`: when this copy expires it is a candidate to be warmed. A copy before it that had expired, and that a reader renews, has had its period; one
 *   that was set aside to be warmed and wasn't in time has not been.
 * - `counted`: last, as others may wait for its row. The first copy of a page has a name of its own in the totals.
 */
const SAVE_SCRAPE = {
  name: 'save_scrape',
  sql: `
WITH purged AS (
  SELECT coalesce(max(version), 0) > $15::bigint AS is_void FROM purge WHERE scope = ANY($14::text[])
), saved AS (
  INSERT INTO preview AS held
    (key, version, url, host, fetch_url, preview, outcome, facets, tags, fetched_for, fetched_at, fresh_until, stale_until, memory)
  SELECT $1::uuid, nextval('preview_version'), $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::text[], $9, $10::timestamptz, $11::timestamptz,
    $12::timestamptz, $13::jsonb
  FROM purged WHERE NOT is_void
  ON CONFLICT (key) DO UPDATE SET
    version = excluded.version, fetch_url = excluded.fetch_url, preview = excluded.preview, outcome = excluded.outcome,
    facets = excluded.facets, tags = excluded.tags, fetched_for = excluded.fetched_for, fetched_at = excluded.fetched_at,
    fresh_until = excluded.fresh_until, stale_until = excluded.stale_until, memory = excluded.memory
  WHERE coalesce((held.facets->'amends')::bigint, held.version) = $16::bigint
  RETURNING version
), experience AS (
  INSERT INTO host_experience (host, weights)
  SELECT $3, $17::float8[] FROM saved WHERE $17::float8[] IS NOT NULL
  ON CONFLICT (host) DO UPDATE SET weights = excluded.weights
), planned AS (
  INSERT INTO warm_plan AS held (key, version, due_at, ttl_ms, cost)
  SELECT $1::uuid, version, $18::bigint, $19::bigint, $20::real FROM saved WHERE $6::jsonb->>'kind' = 'success'
  ON CONFLICT (key) DO UPDATE SET
    version = excluded.version, due_at = excluded.due_at, ttl_ms = excluded.ttl_ms, cost = excluded.cost, score = NULL,
    period_from = CASE WHEN held.due_at <= $21::bigint THEN held.due_at ELSE held.period_from END,
    period_until = CASE WHEN held.due_at <= $21::bigint THEN held.due_at + held.ttl_ms ELSE held.period_until END,
    period_warmed = held.period_warmed AND held.score IS NULL
      AND (held.due_at > $21::bigint OR held.period_from = held.due_at)
  RETURNING xmax = 0 AS is_first
), counted AS (
  INSERT INTO minute_total AS held (minute, name, slot, amount)
  SELECT date_trunc('minute', to_timestamp($21::bigint / 1000)), CASE WHEN is_first THEN $23 ELSE $22 END, ${TOTAL_SLOT}, 1
  FROM saved LEFT JOIN planned ON true
  ON CONFLICT (minute, name, slot) DO UPDATE SET amount = held.amount + excluded.amount
)
SELECT is_void, (SELECT version FROM saved) AS version FROM purged`,
};

/** What became of it. No version: another writer was faster, or a purge came between. */
interface Saved {
  readonly isVoid: boolean;
  readonly version: number | null;
}

/** Saves what a scrape found. */
export async function saveScrape(
  dataSource: DataSource,
  { entry, memory, hostWeights, visit, refetchCost }: ScrapeEnd,
  start: ScrapeStart,
): Promise<Saved> {
  const { key, url, preview, outcome, fetchedAt, freshUntil } = entry;
  const [row] = await underSharedLock<{ is_void: boolean; version: string | null }>(dataSource, SAVE_SCRAPE, [
    key,
    url,
    hostOf(url),
    entry.fetchUrl,
    preview === null ? null : JSON.stringify(preview),
    JSON.stringify(outcome),
    JSON.stringify(entry.facets),
    entry.tags,
    entry.fetchedFor,
    new Date(fetchedAt),
    new Date(freshUntil),
    new Date(entry.staleUntil),
    JSON.stringify(memory),
    scopesOf(entry),
    start.startedAt,
    start.visitVersion,
    hostWeights,
    Math.floor(freshUntil),
    Math.max(1, Math.floor(freshUntil - fetchedAt)),
    refetchCost,
    Math.floor(visit.at),
    totalOf(visit),
    totalOf({ ...visit, work: 'first' }),
  ]);
  return { isVoid: row?.is_void ?? false, version: row?.version == null ? null : Number(row.version) };
}

function totalOf({
  reason,
  work,
}: Pick<Visit, 'reason'> & { readonly work: Visit['work'] | 'first' }): string {
  return work === 'backed-off' ? `skip.${reason}.${work}` : `visit.${reason}.${work}`;
}

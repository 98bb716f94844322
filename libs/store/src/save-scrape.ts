import type { DataSource } from 'typeorm';
import { hostOf, type PreviewEntry } from '#libs/preview';
import { TOTAL_SLOT } from './minute-totals.js';
import { scopesOf } from './purge-scope.js';
import type { ScrapeEnd, ScrapeStart, Visit } from './scrape.js';
import { underSharedLock } from './store-lock.js';

/** Whether the copy that is renewed had not expired, or was decided upon when it had: then its period is the last that was decided upon. */
const HAS_PERIOD = `(held.due_at > $21::bigint OR held.period_from >= held.due_at) IS TRUE`;

/** A copy that is renewed may have been given tags since the scrape began ($24: it is no purged one's place that the scrape takes). */
const TAGS_OF_BOTH = `CASE WHEN NOT $24::boolean OR held.tags <@ excluded.tags THEN excluded.tags
      ELSE ARRAY(SELECT DISTINCT tag FROM unnest(excluded.tags || held.tags) tag) END`;

/**
 * All that a scrape leaves behind, in one statement: a worker spends more on round trips than Postgres does on the rows. Each part needs the one before it.
 *
 * - `purged`: a purge that came after the scrape's start ($15) and reaches the entry ($14: its scopes) voids it.
 * - `saved`: only if the visit that the writer has seen ($16; NULL when there was none) is still the newest, whatever was added to its copy. So a
 *   worker that was frozen in the middle of a scrape can't put its old page over a newer one.
 * - `experience`: two scrapes of one host may write over each other's. It is an average, and loses little.
 * - `planned`: when this copy expires it is a candidate to be warmed. A copy before it that had expired, and that a reader renews, has had its period, if
 *   the decision upon it wasn't put off; one that was set aside to be warmed and wasn't in time has not been.
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
    facets = excluded.facets, tags = ${TAGS_OF_BOTH}, fetched_for = excluded.fetched_for, fetched_at = excluded.fetched_at,
    fresh_until = excluded.fresh_until, stale_until = excluded.stale_until, memory = excluded.memory
  WHERE coalesce((held.facets->'amends')::bigint, held.version) = $16::bigint
  RETURNING version, tags
), experience AS (
  INSERT INTO host_experience (host, weights)
  SELECT $3, $17::float8[] FROM saved WHERE $17::float8[] IS NOT NULL
  ON CONFLICT (host) DO UPDATE SET weights = excluded.weights
), planned AS (
  INSERT INTO warm_plan AS held (key, version, due_at, ttl_ms, cost, host)
  SELECT $1::uuid, version, $18::bigint, $19::bigint, $20::real, $3 FROM saved WHERE $6::jsonb->>'kind' = 'success'
  ON CONFLICT (key) DO UPDATE SET
    version = excluded.version, due_at = excluded.due_at, ttl_ms = excluded.ttl_ms, cost = excluded.cost, host = excluded.host,
    score = NULL, moment_at = NULL, moment_kind = NULL,
    period_from = CASE WHEN ${HAS_PERIOD} THEN held.period_from WHEN held.moment_at IS NULL THEN held.due_at END,
    period_until = CASE WHEN ${HAS_PERIOD} THEN held.period_until WHEN held.moment_at IS NULL THEN held.due_at + held.ttl_ms END,
    period_kind = CASE WHEN ${HAS_PERIOD} THEN held.period_kind END,
    period_warmed = held.period_warmed AND held.score IS NULL AND ${HAS_PERIOD}
  RETURNING xmax = 0 AS is_first
), counted AS (
  INSERT INTO minute_total AS held (minute, name, slot, amount)
  SELECT date_trunc('minute', to_timestamp($21::bigint / 1000)), CASE WHEN is_first THEN $23 ELSE $22 END, ${TOTAL_SLOT}, 1
  FROM saved LEFT JOIN planned ON true
  ON CONFLICT (minute, name, slot) DO UPDATE SET amount = held.amount + excluded.amount
)
SELECT is_void, (SELECT version FROM saved) AS version, (SELECT tags FROM saved) AS tags FROM purged`,
};

/** What became of it. Nothing saved: another writer was faster, or a purge came between. */
interface Saved {
  readonly isVoid: boolean;
  readonly saved: Pick<PreviewEntry, 'version' | 'tags'> | null;
}

interface SavedRow {
  readonly is_void: boolean;
  readonly version: string | null;
  readonly tags: string[];
}

/** Saves what a scrape found. */
export async function saveScrape(
  dataSource: DataSource,
  { entry, memory, hostWeights, visit, refetchCost }: ScrapeEnd,
  start: ScrapeStart,
): Promise<Saved> {
  const { key, url, preview, outcome, fetchedAt, freshUntil } = entry;
  const [row] = await underSharedLock<SavedRow>(dataSource, SAVE_SCRAPE, [
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
    start.held !== undefined,
  ]);
  const saved = row?.version == null ? null : { version: Number(row.version), tags: row.tags };
  return { isVoid: row?.is_void ?? false, saved };
}

function totalOf({
  reason,
  work,
}: Pick<Visit, 'reason'> & { readonly work: Visit['work'] | 'first' }): string {
  return work === 'backed-off' ? `skip.${reason}.${work}` : `visit.${reason}.${work}`;
}

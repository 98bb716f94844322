import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CanonicalUrl, PreviewKey } from '#libs/preview';
import { IN_SCOPE, type ListedScope, partsOf } from './purge-scope.js';
import type { BatchTerms } from './warm-batches.js';

/** A warm whose time has come. */
export interface ReleasedWarm {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
  /** Version of the copy that is to be renewed, or, of a refresh that was ordered, one that every visit since then is beyond; `null` where there is none. */
  readonly version: number | null;
  /** The order that it fulfils; undefined for one that was forecast. */
  readonly order: ReleasedOrder | undefined;
}

/** A page of a batch, when it is to be warm (ms since the epoch), and whose list it is; null where a version before this one took it. */
export interface ReleasedOrder {
  readonly batch: string;
  readonly position: number;
  readonly dueAt: number;
  readonly reason: BatchTerms['reason'];
  readonly tags: readonly string[];
  readonly askedBy: string | null;
}

/** Pages of a scope that are listed in one go. */
const PAGES_PER_STEP = 1_000;

/** An order that nobody has reported on for so long is released once more: whoever had it is gone. */
const FORGOTTEN_AFTER = `interval '2 minutes'`;

/** What is to be warmed now, one at a time: from the plan the one that is worth most, from the orders the one that was due first. */
@Injectable()
export class WarmReleases {
  constructor(private readonly dataSource: DataSource) {}

  /** @param now ms since the epoch; what wasn't released before its period was over is given up */
  async takePlanned(now: number): Promise<ReleasedWarm | undefined> {
    await this.dataSource.query(
      `UPDATE warm_plan SET score = NULL, period_warmed = false WHERE score IS NOT NULL AND period_until <= $1`,
      [now],
    );
    const [rows]: [readonly { key: string; url: string; version: string }[], number] =
      await this.dataSource.query(
        `UPDATE warm_plan p SET score = NULL FROM preview v
         WHERE v.key = p.key AND p.key =
           (SELECT key FROM warm_plan WHERE score IS NOT NULL ORDER BY score DESC LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING p.key, v.url, p.version`,
      );
    const [row] = rows;
    return (
      row && {
        key: row.key as PreviewKey,
        url: row.url as CanonicalUrl,
        version: Number(row.version),
        order: undefined,
      }
    );
  }

  /** A forecast warm that came to nothing: a reader was first, the origin failed, or the queue didn't take it. */
  async giveUp(key: PreviewKey): Promise<void> {
    await this.dataSource.query(`UPDATE warm_plan SET period_warmed = false WHERE key = $1`, [key]);
  }

  /** Lists some more pages of the batch that has fewest so far, of those that name theirs by a scope. In the order of keys: what is stored meanwhile neither repeats nor hides any. */
  async listMore(): Promise<void> {
    await this.dataSource.transaction(async (transaction) => {
      const [batch]: readonly { id: string; scope: ListedScope; listed: number; listed_to: string }[] =
        await transaction.query(
          `SELECT id, scope, listed, listed_to FROM warm_batch WHERE NOT is_listed ORDER BY listed, created_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
        );
      if (batch === undefined) return;
      const [kind, name] = partsOf(batch.scope);
      await transaction.query(
        `WITH page AS (
           SELECT key, url FROM preview WHERE ${IN_SCOPE[kind]} AND key > $2 ORDER BY key LIMIT ${PAGES_PER_STEP}
         ), ordered AS (
           INSERT INTO warm_order (batch, position, key, url, starts_at)
           SELECT $3, $4::int + row_number() OVER (ORDER BY key), key, url, now() FROM page
         )
         UPDATE warm_batch SET listed = listed + (SELECT count(*) FROM page), is_listed = (SELECT count(*) FROM page) < ${PAGES_PER_STEP},
           listed_to = coalesce((SELECT key FROM page ORDER BY key DESC LIMIT 1), listed_to)
         WHERE id = $3`,
        [name, batch.listed_to, batch.id, batch.listed],
      );
    });
  }

  /** The next order whose time has come. Batches take turns, page by page, so that a short list doesn't wait behind a long one. */
  async takeOrdered(): Promise<ReleasedWarm | undefined> {
    const [rows]: [
      readonly {
        batch: string;
        position: number;
        due_at: Date;
        reason: BatchTerms['reason'];
        tags: string[];
        asked_by: string | null;
        key: string;
        url: string;
        version: string | null;
      }[],
      number,
    ] = await this.dataSource.query(
      `UPDATE warm_order o SET released_at = now()
         FROM (SELECT batch, position FROM warm_order
               WHERE outcome IS NULL AND starts_at <= now()
                 AND (released_at IS NULL OR released_at < now() - ${FORGOTTEN_AFTER})
               ORDER BY position, starts_at, batch LIMIT 1 FOR UPDATE SKIP LOCKED) AS next
         JOIN warm_batch b ON b.id = next.batch
         WHERE o.batch = next.batch AND o.position = next.position
         RETURNING o.batch, o.position, o.key, o.url, b.due_at, b.reason, b.tags, b.asked_by,
           CASE b.reason WHEN 'refresh' THEN b.beyond ELSE (SELECT version FROM preview WHERE key = o.key) END AS version`,
    );
    const [row] = rows;
    return (
      row && {
        key: row.key as PreviewKey,
        url: row.url as CanonicalUrl,
        version: row.version === null ? null : Number(row.version),
        order: {
          batch: row.batch,
          position: row.position,
          dueAt: row.due_at.getTime(),
          reason: row.reason,
          tags: row.tags,
          askedBy: row.asked_by,
        },
      }
    );
  }

  async reportOrder(
    { batch, position }: { readonly batch: string; readonly position: number },
    outcome: string,
    reason: string | null,
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE warm_order SET outcome = $3, reason = $4 WHERE batch = $1 AND position = $2`,
      [batch, position, outcome, reason],
    );
  }

  /** An order that the queue didn't take now is as if it had never been released. */
  async putBackOrder({
    batch,
    position,
  }: {
    readonly batch: string;
    readonly position: number;
  }): Promise<void> {
    await this.dataSource.query(
      `UPDATE warm_order SET released_at = NULL WHERE batch = $1 AND position = $2`,
      [batch, position],
    );
  }
}

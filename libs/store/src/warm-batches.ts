import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CanonicalUrl, PreviewKey } from '#libs/preview';
import type { ListedScope } from './purge-scope.js';

/** A page that somebody wants warm. */
export interface WarmOrder {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
}

/** What is to be done with the pages of a batch. */
export interface BatchTerms {
  /** *warm*: what is fresh, and will be, is left alone. *refresh*: what wasn't visited since. */
  readonly reason: 'warm' | 'refresh';
  /** Names that a purge, or a refresh, can reach the pages by from then on. */
  readonly tags: readonly string[];
  /** The caller's name, for people who look at the queue. */
  readonly askedBy: string;
}

/** How far a batch is. Times in ms since the epoch. */
export interface BatchProgress {
  readonly id: string;
  readonly reason: BatchTerms['reason'];
  readonly createdAt: number;
  readonly dueAt: number;
  /** Pages that are known to be of it. */
  readonly total: number;
  /** Whether all of them are known. */
  readonly isListed: boolean;
  /** Taken up, and without an outcome yet. */
  readonly running: number;
  /** Orders by outcome: `success`, or the code of what went wrong. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A point on the scale of versions: a visit that is stored later has a higher one. */
const NOW = `nextval('preview_version')`;

/** Lists of pages that are to be warm at a time, or to be visited again. */
@Injectable()
export class WarmBatches {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param startsAt when the first may be visited, in ms since the epoch
   * @param askedBy whose list it is, for people
   * @returns the batch's id
   */
  async create(
    orders: readonly WarmOrder[],
    dueAt: number,
    startsAt: number,
    { reason, tags, askedBy }: BatchTerms,
  ): Promise<string> {
    const id = randomUUID();
    await this.dataSource.query(
      `WITH batch AS (
         INSERT INTO warm_batch (id, due_at, reason, tags, asked_by, beyond, listed) VALUES ($1, $2, $3, $4, $8, ${NOW}, cardinality($6::uuid[])) RETURNING id
       )
       INSERT INTO warm_order (batch, position, key, url, starts_at)
       SELECT batch.id, position, key, url, $5 FROM batch, unnest($6::uuid[], $7::text[]) WITH ORDINALITY AS o (key, url, position)`,
      [
        id,
        new Date(dueAt),
        reason,
        tags,
        new Date(startsAt),
        orders.map(({ key }) => key),
        orders.map(({ url }) => url),
        askedBy,
      ],
    );
    return id;
  }

  /**
   * A refresh of all that is stored in a scope. Its pages are listed later, bit by bit (`WarmReleases.listMore`), so that this takes as long for one as for a million.
   *
   * @param now ms since the epoch
   * @returns the batch's id
   */
  async createRefreshOf(scope: ListedScope, now: number, askedBy: string): Promise<string> {
    const id = randomUUID();
    await this.dataSource.query(
      `INSERT INTO warm_batch (id, due_at, reason, beyond, scope, asked_by, is_listed) VALUES ($1, $2, 'refresh', ${NOW}, $3, $4, false)`,
      [id, new Date(now), scope, askedBy],
    );
    return id;
  }

  async progressOf(id: string): Promise<BatchProgress | undefined> {
    const rows: readonly {
      reason: BatchTerms['reason'];
      created_at: Date;
      due_at: Date;
      is_listed: boolean;
      outcome: string | null;
      running: string;
      orders: string;
    }[] = await this.dataSource.query(
      `SELECT b.reason, b.created_at, b.due_at, b.is_listed, o.outcome, count(o.batch) AS orders,
         count(*) FILTER (WHERE o.released_at IS NOT NULL AND o.outcome IS NULL) AS running
       FROM warm_batch b LEFT JOIN warm_order o ON o.batch = b.id WHERE b.id = $1 GROUP BY b.id, o.outcome`,
      [id],
    );
    const [first] = rows;
    return (
      first && {
        id,
        reason: first.reason,
        createdAt: first.created_at.getTime(),
        dueAt: first.due_at.getTime(),
        total: rows.reduce((sum, { orders }) => sum + Number(orders), 0),
        isListed: first.is_listed,
        running: rows.reduce((sum, { running }) => sum + Number(running), 0),
        outcomes: Object.fromEntries(
          rows.flatMap(({ outcome, orders }) => (outcome === null ? [] : [[outcome, Number(orders)]])),
        ),
      }
    );
  }
}

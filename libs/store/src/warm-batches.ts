import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CanonicalUrl, PreviewKey } from '#libs/preview';

/** A page that somebody wants warm. */
export interface WarmOrder {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
}

/** How far a batch is. Times in ms since the epoch. */
export interface BatchProgress {
  readonly id: string;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly total: number;
  /** Taken up, and without an outcome yet. */
  readonly running: number;
  /** Orders by outcome: `success`, or the code of what went wrong. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Lists of pages that are to be warm at a time. */
@Injectable()
export class WarmBatches {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param startsAt when the first may be visited, in ms since the epoch
   * @returns the batch's id
   */
  async create(orders: readonly WarmOrder[], dueAt: number, startsAt: number): Promise<string> {
    const id = randomUUID();
    await this.dataSource.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO warm_batch (id, due_at) VALUES ($1, $2)`, [id, new Date(dueAt)]);
      await transaction.query(
        `INSERT INTO warm_order (batch, position, key, url, starts_at)
         SELECT $1, position, key, url, $2 FROM unnest($3::uuid[], $4::text[]) WITH ORDINALITY AS o (key, url, position)`,
        [id, new Date(startsAt), orders.map(({ key }) => key), orders.map(({ url }) => url)],
      );
    });
    return id;
  }

  async progressOf(id: string): Promise<BatchProgress | undefined> {
    const rows: readonly {
      created_at: Date;
      due_at: Date;
      outcome: string | null;
      running: string;
      orders: string;
    }[] = await this.dataSource.query(
      `SELECT b.created_at, b.due_at, o.outcome, count(*) AS orders,
         count(*) FILTER (WHERE o.released_at IS NOT NULL AND o.outcome IS NULL) AS running
       FROM warm_batch b JOIN warm_order o ON o.batch = b.id WHERE b.id = $1 GROUP BY 1, 2, 3`,
      [id],
    );
    const [first] = rows;
    return (
      first && {
        id,
        createdAt: first.created_at.getTime(),
        dueAt: first.due_at.getTime(),
        total: rows.reduce((sum, { orders }) => sum + Number(orders), 0),
        running: rows.reduce((sum, { running }) => sum + Number(running), 0),
        outcomes: Object.fromEntries(
          rows.flatMap(({ outcome, orders }) => (outcome === null ? [] : [[outcome, Number(orders)]])),
        ),
      }
    );
  }
}

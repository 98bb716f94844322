import type { DataSource, EntityManager } from 'typeorm';
import { queryWithin } from './query-within.js';

/** Amounts by name, such as `read.fresh.L1` or `visit.warm.page`. */
export type Totals = Readonly<Record<string, number>>;

/** A name's amount within a step of time, which began at `at` (ms since the epoch). */
export interface TotalStep {
  readonly at: number;
  readonly name: string;
  readonly amount: number;
}

/** Writers of one total at one time have a slot each; more would only make the table longer. */
const SLOTS = 16;

/** The writer's slot, in SQL. */
export const TOTAL_SLOT = `pg_backend_pid() % ${SLOTS}`;

/** Adds to the totals of a minute (ms since the epoch), whose day must have its partition. Best last in a transaction: others may wait for it. */
export async function addTotals(transaction: EntityManager, at: number, totals: Totals): Promise<void> {
  const names = Object.keys(totals)
    .filter((name) => totals[name] !== 0)
    .toSorted();
  if (names.length === 0) return;
  await transaction.query(
    `INSERT INTO minute_total AS held (minute, name, slot, amount)
     SELECT date_trunc('minute', $1::timestamptz), name, ${TOTAL_SLOT}, amount
     FROM unnest($2::text[], $3::float8[]) AS new (name, amount)
     ON CONFLICT (minute, name, slot) DO UPDATE SET amount = held.amount + excluded.amount`,
    [new Date(at), names, names.map((name) => totals[name])],
  );
}

/** Totals since a time (ms since the epoch), in steps of so many ms, in order of time; for longer than `limitMs` Postgres doesn't look for them. */
export async function totalsSince(
  dataSource: DataSource,
  since: number,
  stepMs: number,
  limitMs: number,
): Promise<readonly TotalStep[]> {
  const rows = await queryWithin<{ at: Date; name: string; amount: number }>(
    dataSource,
    limitMs,
    // date_bin, as arithmetic on the minutes' epochs is of numerics, and takes three times as long.
    `SELECT date_bin($2 * interval '1 millisecond', minute, 'epoch'::timestamptz) AS at, name, sum(amount) AS amount
     FROM minute_total WHERE minute >= $1 GROUP BY 1, 2 ORDER BY 1, 2`,
    [new Date(since), stepMs],
  );
  return rows.map(({ at, name, amount }) => ({ at: at.getTime(), name, amount }));
}

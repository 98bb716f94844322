import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PreviewKey } from '#libs/preview';
import { DayPartitions } from './day-partitions.js';
import { addTotals, type Totals } from './minute-totals.js';

/** The state of a key's demand, in the forecast's own form, and what the database itself needs of it. */
export interface DemandRow {
  readonly key: PreviewKey;
  /** In ms since the epoch. */
  readonly lastReadAt: number;
  /** Recent reads as of then, to order keys by. */
  readonly heat: number;
  readonly state: Uint8Array;
}

/** What is planned for a stored preview. Times in ms since the epoch. */
export interface PlanRow {
  readonly version: number;
  /** When its copy expires, and how long it lives. */
  readonly dueAt: number;
  readonly ttlMs: number;
  readonly cost: number;
  /** Undefined where it was last stored by a version that didn't tell. */
  readonly host: string | undefined;
  /** The moment after its expiry that the decision was put off to. */
  readonly moment: PlanMoment | undefined;
  /** The period of freshness that was last decided upon, or missed. */
  readonly period: PlanPeriod | undefined;
}

/** `kind`, here and below, is the forecast's own word. */
export interface PlanMoment {
  readonly at: number;
  readonly kind: string;
}

export interface PlanPeriod {
  readonly from: number;
  readonly until: number;
  readonly warmed: boolean;
  /** Undefined for one that nothing was decided about. */
  readonly kind: string | undefined;
}

/** A key as the warm loop sees it; without a plan it has no preview, without a demand it was never read. */
export interface WarmRow<Plan = PlanRow | undefined> {
  readonly key: PreviewKey;
  readonly demand: Uint8Array | undefined;
  readonly plan: Plan;
}

/** Where a walk through due times has come to. */
export interface PlanPlace {
  readonly at: number;
  readonly key: string;
}

/** What was decided upon a copy, where it is more than to let it expire. */
export interface PlanDecision {
  readonly key: PreviewKey;
  readonly version: number;
  /** What warming it is worth, and how likely it is read; undefined if it isn't to be warmed. */
  readonly warm: { readonly probability: number; readonly score: number } | undefined;
  /** What followed; undefined where the decision was only put off. */
  readonly period: PlanPeriod | undefined;
  /** When it is to be decided upon once more. */
  readonly moment: PlanMoment | undefined;
}

/** Load of visits on origins: of pages that were there before, and of those that nobody had ever asked for. */
export interface VisitLoad {
  readonly again: number;
  readonly first: number;
}

/** What the loop knows as a whole. */
export interface LoopState {
  /** What the forecast has learned; `null` before it learned anything. */
  readonly learned: unknown;
  /** Copies that expire up to then have been decided upon, and those that lapsed up to then are settled; ms since the epoch. */
  readonly decidedUntil: number;
  readonly lapsedUntil: number;
  /** Since when visits are summed up (ms since the epoch), and what they came to so far. */
  readonly visitsSince: number;
  readonly visitsCounted: VisitLoad;
}

/** Times of what a transaction adds to daily tables, in ms since the epoch. */
export interface LedgerDays {
  readonly totalsAt: number;
  /** End of the chunk that it admits; by a clock that is ahead it can be another day than that of its totals. */
  readonly chunkAt?: number;
}

const WARM_COLUMNS = `p.version, p.due_at, p.ttl_ms, p.cost, p.host, p.moment_at, p.moment_kind,
  p.period_from, p.period_until, p.period_warmed, p.period_kind, d.state`;

/** When a copy is decided upon, and when the period that follows is over; both as they are indexed. */
const DECIDED_AT = `coalesce(p.moment_at, p.due_at)`;
const LAPSES_AT = `CASE WHEN p.period_from >= p.due_at THEN p.period_until ELSE ${DECIDED_AT} + p.ttl_ms END`;

/** Batches that one statement deletes. */
const BATCHES_AT_ONCE = 10;

/** The transactions of the warm loop. Each holds the one lock of the loop to its end, so that what it reads, learns and writes is of one piece. */
@Injectable()
export class WarmLedger {
  private readonly partitions: DayPartitions;

  constructor(private readonly dataSource: DataSource) {
    this.partitions = new DayPartitions(dataSource);
  }

  async open<T>(
    { totalsAt, chunkAt }: LedgerDays,
    work: (entry: LedgerEntry, state: LoopState) => Promise<T>,
  ): Promise<T> {
    await this.partitions.ensure('minute_total', totalsAt);
    if (chunkAt !== undefined) await this.partitions.ensure('demand_chunk', chunkAt);
    return this.dataSource.transaction(async (transaction) => {
      const [row] = await transaction.query(
        `SELECT learned, decided_until, lapsed_until, visits_since, visits_counted, firsts_counted
         FROM forecast_model FOR UPDATE`,
      );
      return work(new LedgerEntry(transaction), {
        learned: row.learned,
        decidedUntil: Number(row.decided_until),
        lapsedUntil: Number(row.lapsed_until),
        visitsSince: row.visits_since.getTime(),
        visitsCounted: { again: row.visits_counted, first: row.firsts_counted },
      });
    });
  }

  /**
   * Drops the days that lie before these times (ms since the epoch), and batches that were due before.
   *
   * @returns the days' names
   */
  async dropBefore(before: {
    readonly chunks: number;
    readonly totals: number;
    readonly batches: number;
  }): Promise<readonly string[]> {
    await this.dropBatches(before.batches);
    return [
      ...(await this.partitions.dropBefore('demand_chunk', before.chunks)),
      ...(await this.partitions.dropBefore('minute_total', before.totals)),
    ];
  }

  /** A few at a time, as each may have ten thousand orders. */
  private async dropBatches(before: number): Promise<void> {
    let dropped: number;
    do {
      const [gone]: readonly { count: number }[] = await this.dataSource.query(
        `WITH gone AS (
           DELETE FROM warm_batch WHERE id IN (SELECT id FROM warm_batch WHERE due_at < $1 LIMIT ${BATCHES_AT_ONCE}) RETURNING id
         ) SELECT count(*)::int FROM gone`,
        [new Date(before)],
      );
      dropped = gone!.count;
    } while (dropped === BATCHES_AT_ONCE);
  }
}

/** One transaction of the loop. */
export class LedgerEntry {
  constructor(private readonly transaction: EntityManager) {}

  /** Notes a chunk of demand as added. @returns false if it was before */
  async admitChunk(id: string, endedAt: number): Promise<boolean> {
    const rows: readonly unknown[] = await this.transaction.query(
      `INSERT INTO demand_chunk (id, ended_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id`,
      [id, new Date(endedAt)],
    );
    return rows.length > 0;
  }

  /** What is known of keys; one row each, in no order. */
  async rowsOf(keys: readonly PreviewKey[]): Promise<readonly WarmRow[]> {
    const rows: readonly RawRow[] = await this.transaction.query(
      `SELECT k.key, ${WARM_COLUMNS} FROM unnest($1::uuid[]) AS k (key)
       LEFT JOIN demand d ON d.key = k.key LEFT JOIN warm_plan p ON p.key = k.key`,
      [keys],
    );
    return rows.map((row) => toWarmRow(row, row.due_at === null ? undefined : toPlan(row)));
  }

  async saveDemand(rows: readonly DemandRow[]): Promise<void> {
    await this.transaction.query(
      `INSERT INTO demand (key, last_read_at, heat, state)
       SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::real[], $4::bytea[])
       ON CONFLICT (key) DO UPDATE SET
         last_read_at = excluded.last_read_at, heat = excluded.heat, state = excluded.state`,
      [
        rows.map(({ key }) => key),
        rows.map(({ lastReadAt }) => lastReadAt),
        rows.map(({ heat }) => heat),
        rows.map(({ state }) => Buffer.from(state.buffer, state.byteOffset, state.byteLength)),
      ],
    );
  }

  /** Copies whose moments, or expiries, come after a place and up to a time, the earliest first. */
  async due(after: PlanPlace, until: number, limit: number): Promise<readonly WarmRow<PlanRow>[]> {
    return this.walk(DECIDED_AT, after, until, limit, '');
  }

  /**
   * Copies that were not renewed in the period after their expiry, or after the moment that they were decided upon, and whose periods ended after a place and up to a
   * time; the earliest first. One whose warm is under way still is not among them; one whose warm was given up is.
   */
  async lapsed(after: PlanPlace, until: number, limit: number): Promise<readonly WarmRow<PlanRow>[]> {
    return this.walk(
      LAPSES_AT,
      after,
      until,
      limit,
      'AND (p.period_warmed AND p.period_from >= p.due_at) IS NOT TRUE',
    );
  }

  /** Periods that are settled: no read that comes later can settle them once more. */
  async closePeriods(keys: readonly PreviewKey[]): Promise<void> {
    if (keys.length === 0) return;
    await this.transaction.query(
      `UPDATE warm_plan SET period_from = NULL, period_until = NULL, period_warmed = NULL, period_kind = NULL
       WHERE key = ANY($1::uuid[])`,
      [keys],
    );
  }

  /** Notes what was decided, unless these copies were renewed meanwhile. Those that are to be warmed are set aside. */
  async decide(decisions: readonly PlanDecision[]): Promise<void> {
    if (decisions.length === 0) return;
    await this.transaction.query(
      `UPDATE warm_plan p SET probability = c.probability, score = c.score, moment_at = c.moment_at, moment_kind = c.moment_kind,
         period_from = coalesce(c.period_from, p.period_from), period_until = coalesce(c.period_until, p.period_until),
         period_warmed = coalesce(c.period_warmed, p.period_warmed),
         period_kind = CASE WHEN c.period_from IS NULL THEN p.period_kind ELSE c.period_kind END
       FROM unnest($1::uuid[], $2::bigint[], $3::real[], $4::real[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bool[], $10::text[])
         AS c (key, version, probability, score, moment_at, moment_kind, period_from, period_until, period_warmed, period_kind)
       WHERE p.key = c.key AND p.version = c.version`,
      [
        decisions.map(({ key }) => key),
        decisions.map(({ version }) => version),
        decisions.map(({ warm }) => warm?.probability),
        decisions.map(({ warm }) => warm?.score),
        decisions.map(({ moment }) => moment?.at),
        decisions.map(({ moment }) => moment?.kind),
        decisions.map(({ period }) => period?.from),
        decisions.map(({ period }) => period?.until),
        decisions.map(({ period }) => period?.warmed),
        decisions.map(({ period }) => period?.kind),
      ],
    );
  }

  /** Load on origins of what is set aside and not yet released. */
  async pendingCost(): Promise<number> {
    const [row]: readonly { cost: number | null }[] = await this.transaction.query(
      `SELECT sum(cost)::float8 AS cost FROM warm_plan WHERE score IS NOT NULL`,
    );
    return row?.cost ?? 0;
  }

  /**
   * Load of the visits since two times. Those that were asked for by hand are nobody's forecast, and a page that failed before there was a copy would
   * have failed without a cache, too.
   */
  async visitLoad(
    since: number,
    later: number,
    conditionalCost: number,
  ): Promise<{ readonly sinceThen: VisitLoad; readonly sinceLater: VisitLoad }> {
    const again = `sum(CASE WHEN name LIKE '%.first' THEN 0 WHEN name LIKE '%.not-modified' THEN $3::float8 ELSE 1 END * amount)`;
    const first = `sum(CASE WHEN name LIKE '%.first' THEN amount ELSE 0 END)`;
    const [row] = await this.transaction.query(
      `SELECT coalesce(${again}, 0) AS again, coalesce(${first}, 0) AS first,
         coalesce(${again} FILTER (WHERE minute >= $2), 0) AS again_later,
         coalesce(${first} FILTER (WHERE minute >= $2), 0) AS first_later
       FROM minute_total
       WHERE minute >= $1 AND name LIKE 'visit.%' AND name NOT LIKE 'visit.order.%'
         AND (name NOT LIKE '%.failed' OR name = 'visit.warm.failed')`,
      [new Date(since), new Date(later), conditionalCost],
    );
    return {
      sinceThen: { again: row.again, first: row.first },
      sinceLater: { again: row.again_later, first: row.first_later },
    };
  }

  async addTotals(at: number, totals: Totals): Promise<void> {
    await addTotals(this.transaction, at, totals);
  }

  async save(state: LoopState): Promise<void> {
    await this.transaction.query(
      `UPDATE forecast_model SET learned = $1, decided_until = $2, lapsed_until = $3, visits_since = $4,
         visits_counted = $5, firsts_counted = $6, saved_at = now()`,
      [
        JSON.stringify(state.learned),
        state.decidedUntil,
        state.lapsedUntil,
        new Date(state.visitsSince),
        state.visitsCounted.again,
        state.visitsCounted.first,
      ],
    );
  }

  private async walk(
    place: string,
    after: PlanPlace,
    until: number,
    limit: number,
    condition: string,
  ): Promise<readonly WarmRow<PlanRow>[]> {
    const rows: readonly RawRow[] = await this.transaction.query(
      `SELECT p.key, ${WARM_COLUMNS} FROM warm_plan p LEFT JOIN demand d ON d.key = p.key
       WHERE (${place}, p.key) > ($1, $2) AND ${place} <= $3 ${condition}
       ORDER BY ${place}, p.key LIMIT $4`,
      [after.at, after.key, until, limit],
    );
    return rows.map((row) => toWarmRow(row, toPlan(row)));
  }
}

/** `pg` hands out a bigint as text. */
interface RawRow {
  readonly key: string;
  readonly version: string | null;
  readonly due_at: string | null;
  readonly ttl_ms: string | null;
  readonly cost: number | null;
  readonly host: string | null;
  readonly moment_at: string | null;
  readonly moment_kind: string | null;
  readonly period_from: string | null;
  readonly period_until: string | null;
  readonly period_warmed: boolean | null;
  readonly period_kind: string | null;
  readonly state: Buffer | null;
}

function toWarmRow<Plan>({ key, state }: RawRow, plan: Plan): WarmRow<Plan> {
  return { key: key as PreviewKey, demand: state ?? undefined, plan };
}

function toPlan(row: RawRow): PlanRow {
  return {
    version: Number(row.version),
    dueAt: Number(row.due_at),
    ttlMs: Number(row.ttl_ms),
    cost: row.cost ?? 1,
    host: row.host ?? undefined,
    moment:
      row.moment_at === null ? undefined : { at: Number(row.moment_at), kind: row.moment_kind ?? 'expiry' },
    period:
      row.period_from === null
        ? undefined
        : {
            from: Number(row.period_from),
            until: Number(row.period_until),
            warmed: row.period_warmed ?? false,
            kind: row.period_kind ?? undefined,
          },
  };
}

import type { DataSource } from 'typeorm';

/** Tables that are kept by the day, so that what is old goes by dropping a table. */
export type DailyTable = 'demand_chunk' | 'minute_total';

const DAY_MS = 86_400_000;

/** Any fixed number that nothing else in the database locks: "parts" in ASCII. */
const PARTITION_LOCK = 0x7061727473;

/** Longest wait for a table to be free, in ms. */
const LOCK_TIMEOUT_MS = 1_000;

/** The days of daily tables: made when they are needed first, dropped when they are over. Days are those of UTC. */
export class DayPartitions {
  private readonly known = new Set<string>();

  constructor(private readonly dataSource: DataSource) {}

  /** Makes sure that rows of a time (ms since the epoch) have a place. */
  async ensure(table: DailyTable, at: number): Promise<void> {
    const name = partitionOf(table, at);
    if (this.known.has(name)) return;
    const [from, until] = [startOfDay(at), startOfDay(at) + DAY_MS].map((ms) => new Date(ms).toISOString());
    await this.dataSource.transaction(async (transaction) => {
      // IF NOT EXISTS alone lets two makers collide.
      await transaction.query(`SELECT pg_advisory_xact_lock(${PARTITION_LOCK})`);
      await transaction.query(
        `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${table} FOR VALUES FROM ('${from}') TO ('${until}')`,
      );
    });
    this.known.add(name);
  }

  /**
   * Drops the days that lie wholly before a time (ms since the epoch).
   *
   * @returns their names
   * @throws when one is in use for longer than a moment: it can go another time
   */
  async dropBefore(table: DailyTable, before: number): Promise<readonly string[]> {
    const rows: readonly { name: string }[] = await this.dataSource.query(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass`,
      [table],
    );
    const first = partitionOf(table, before);
    const old = rows.map(({ name }) => name).filter((name) => name < first);
    for (const name of old) {
      await this.drop(name);
      this.known.delete(name);
    }
    return old;
  }

  /** Who reads a table for long (a backup) would hold up the drop, and that whoever writes to the whole table. */
  private async drop(name: string): Promise<void> {
    await this.dataSource.transaction(async (transaction) => {
      await transaction.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await transaction.query(`DROP TABLE ${name}`);
    });
  }
}

/** Names sort by time, as long as years have four digits. */
function partitionOf(table: DailyTable, at: number): string {
  return `${table}_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

function startOfDay(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

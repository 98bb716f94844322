import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, MigrationExecutor, QueryFailedError, type QueryRunner } from 'typeorm';

/** Any fixed number that nothing else in the database locks: "warml" in ASCII. */
const MIGRATION_LOCK = 0x7761726d6c;

/** Pause between two looks whether another process is through, in ms. */
const LOOK_EVERY_MS = 250;

/**
 * Longest wait of a change for a lock, in ms: whoever wants the table after it waits behind it. Less than the deadline of a read (`STORE_DEADLINE`), so that readers meanwhile are
 * late and not refused.
 */
const LOCK_TIMEOUT_MS = 300;

/** Pause before a change that had to give way is tried again, in ms: those who waited behind it go first. */
const GIVE_WAY_MS = 1_000;

/** A lock that wasn't to be had in time, and one of two that waited for each other (PostgreSQL, appendix A). */
const GAVE_WAY = new Set(['55P03', '40P01']);

export interface MigrateOptions {
  /** Told why nothing goes on at the moment, for people. */
  readonly onWait?: (why: string) => void;
  /** For how long a change is tried again that gets no lock, in ms; default: two minutes. */
  readonly patienceMs?: number;
}

/** Something holds on to a table that has to change; what was begun is undone, and can be begun again. */
export class MigrationBlocked extends Error {
  constructor(patienceMs: number, cause: unknown) {
    super(
      `The schema can't be changed: for ${Math.round(patienceMs / 1_000)} s somebody has held the tables. A backup, or a transaction that was left open? See pg_stat_activity.`,
      { cause },
    );
    this.name = 'MigrationBlocked';
  }
}

/**
 * Brings the schema up to date. Any number of processes may call it at once: the first one works while the others wait and then find nothing left to do. A schema that
 * is newer than this process stays as it is.
 *
 * @returns the names of what ran
 * @throws {MigrationBlocked}
 */
export async function migrate(
  dataSource: DataSource,
  { onWait = () => undefined, patienceMs = 120_000 }: MigrateOptions = {},
): Promise<readonly string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await takeTurn(runner, onWait);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    const pending = (await executor.getPendingMigrations()).map(({ name }) => name);
    if (pending.length > 0) await runAll(executor, runner, onWait, patienceMs);
    return pending;
  } finally {
    // A lost connection has let go of everything.
    await runner.query('RESET lock_timeout').catch(() => undefined);
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

/** By looks: who waits for a lock in Postgres has a snapshot, and an index that is built concurrently would wait for him who waits for it. */
async function takeTurn(runner: QueryRunner, onWait: (why: string) => void): Promise<void> {
  for (let look = 0; ; look += 1) {
    const [{ isMine }] = (await runner.query('SELECT pg_try_advisory_lock($1) AS "isMine"', [
      MIGRATION_LOCK,
    ])) as [{ readonly isMine: boolean }];
    if (isMine) return;
    if (look === 0) onWait('another process brings the schema up to date');
    await pause(LOOK_EVERY_MS);
  }
}

async function runAll(
  executor: MigrationExecutor,
  runner: QueryRunner,
  onWait: (why: string) => void,
  patienceMs: number,
): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await runner.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await executor.executePendingMigrations(); // those that are through aren't pending any more
      return;
    } catch (error) {
      if (!gaveWay(error)) throw error;
      if (performance.now() + GIVE_WAY_MS > until) throw new MigrationBlocked(patienceMs, error);
      if (attempt === 0) onWait('somebody holds a table that has to change');
      await pause(GIVE_WAY_MS);
    }
  }
}

function gaveWay(error: unknown): boolean {
  const { code } = (error instanceof QueryFailedError ? error.driverError : {}) as { readonly code?: string };
  return code !== undefined && GAVE_WAY.has(code);
}

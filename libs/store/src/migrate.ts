import type { DataSource } from 'typeorm';

/** Any fixed number that nothing else in the database locks: "warml" in ASCII. */
const MIGRATION_LOCK = 0x7761726d6c;

/**
 * Brings the schema up to date. Any number of processes may call it at once: the first one works while the others
 * wait at an advisory lock and then find nothing left to do.
 */
export async function migrate(dataSource: DataSource): Promise<readonly string[]> {
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined); // a lost connection has let go of it
    await lock.release();
  }
}

import type { QueryRunner } from 'typeorm';

/**
 * Builds an index while its table is read and written. For migrations that run outside a transaction (`transaction = false`): one that breaks is begun again, so what it may have
 * done already is looked at first, and the invalid index that a broken run leaves makes way.
 *
 * @param on table and columns, as in `CREATE INDEX`
 */
export async function buildIndex(runner: QueryRunner, name: string, on: string): Promise<void> {
  const [found] = (await runner.query(
    `SELECT indisvalid AS "isValid" FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [name],
  )) as readonly { readonly isValid: boolean }[];
  if (found?.isValid === true) return;
  if (found !== undefined) await dropIndex(runner, name);
  await runner.query(PATIENT);
  await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
}

/** Takes an index away while its table is read and written; in a migration as above. */
export async function dropIndex(runner: QueryRunner, name: string): Promise<void> {
  await runner.query(PATIENT);
  await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}

/** It waits for older transactions, and nobody waits for it. */
const PATIENT = 'SET lock_timeout = 0';

import type { DataSource } from 'typeorm';
import { poolOf, type Prepared, runPrepared } from './prepared.js';

/**
 * An advisory lock over what is stored. Scrapes take it shared when they save; a purge takes it alone for the moment in which it is noted. So each save lies
 * wholly before a purge or wholly after it, and purges are noted in the order of their versions.
 */
const STORE_LOCK = 0x73746f7265; // "store" in ASCII

/** Statements of a transaction, which holds the lock to its end. */
const LOCK_SHARED = `SELECT pg_advisory_xact_lock_shared(${STORE_LOCK})`;
export const LOCK_ALONE = `SELECT pg_advisory_xact_lock(${STORE_LOCK})`;

/**
 * Runs one statement in a transaction that takes the lock shared as it begins. All is sent in one go and done in order: what the statement sees is as of
 * after it has the lock, or a purge could be missed that it waited for.
 *
 * @throws what the statement failed with; nothing is changed then
 */
export async function underSharedLock<Row extends object>(
  dataSource: DataSource,
  statement: Prepared,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const connection = await poolOf(dataSource).connect();
  connection.on('error', ignored);
  const { stream } = connection.connection;
  stream.cork(); // for all three one message, and one awakening of the server's process
  const answers = [
    connection.query(`BEGIN; ${LOCK_SHARED}`),
    runPrepared<Row>(connection, statement, parameters),
    connection.query('COMMIT'), // of a transaction in which something failed it is the end, too
  ] as const;
  stream.uncork();
  const [begun, done, ended] = await Promise.allSettled(answers);
  const broken = [begun, ended].find((part) => part.status === 'rejected');
  connection.off('error', ignored);
  connection.release(broken !== undefined);
  if (done.status === 'rejected') throw done.reason;
  if (broken !== undefined) throw broken.reason;
  return done.value;
}

/** What a lost connection did to the statements is told by each of them; unheard, it would end the process. */
function ignored(): void {}

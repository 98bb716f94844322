import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from './prepared.js';

/**
 * An advisory lock over what is stored. Scrapes take it shared when they save; a purge takes it alone for the moment in which it is noted. So each save lies
 * wholly before a purge or wholly after it, and purges are noted in the order of their versions.
 */
const STORE_LOCK = 0x73746f7265; // "store" in ASCII

/** Statements of a transaction, which holds the lock to its end. */
const LOCK_SHARED = `SELECT pg_advisory_xact_lock_shared(${STORE_LOCK})`;
export const LOCK_ALONE = `SELECT pg_advisory_xact_lock(${STORE_LOCK})`;

/**
 * A transaction that takes the lock shared as it begins, in one message. What it reads is as of after that, or a purge could be
 * missed that it waited for.
 */
export async function underSharedLock<T>(
  dataSource: DataSource,
  work: (transaction: PoolClient) => Promise<T>,
): Promise<T> {
  const transaction = await poolOf(dataSource).connect();
  let failure: Error | undefined;
  try {
    await transaction.query(`BEGIN; ${LOCK_SHARED}`);
    const result = await work(transaction);
    await transaction.query('COMMIT');
    return result;
  } catch (error) {
    await transaction.query('ROLLBACK').catch((cause: Error) => (failure = cause)); // the connection may be what has failed
    throw error;
  } finally {
    transaction.release(failure);
  }
}

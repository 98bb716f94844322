/**
 * An advisory lock over what is stored. Scrapes take it shared when they begin and when they save; a purge takes it alone for the moment in which it
 * is noted. So each beginning and each save lies wholly before a purge or wholly after it.
 */
const STORE_LOCK = 0x73746f7265; // "store" in ASCII

/** Statements of a transaction, which holds the lock to its end. */
export const LOCK_SHARED = `SELECT pg_advisory_xact_lock_shared(${STORE_LOCK})`;
export const LOCK_ALONE = `SELECT pg_advisory_xact_lock(${STORE_LOCK})`;

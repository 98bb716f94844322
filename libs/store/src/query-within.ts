import type { DataSource } from 'typeorm';

/**
 * Runs one statement that Postgres itself ends after a time (ms): a deadline of ours alone would leave it running for nobody, on a connection that readers
 * need.
 */
export async function queryWithin<Row>(
  dataSource: DataSource,
  limitMs: number,
  sql: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  return dataSource.transaction(async (transaction) => {
    await transaction.query(`SET LOCAL statement_timeout = ${limitMs}`);
    return transaction.query(sql, [...parameters]);
  });
}

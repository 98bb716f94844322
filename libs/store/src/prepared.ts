import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';

/** A statement that each connection has parsed and planned once, and then knows by its name. For those that are run with every read or scrape. */
export interface Prepared {
  readonly name: string;
  readonly sql: string;
}

/** The connections below TypeORM, which knows no names of statements. */
export function poolOf(dataSource: DataSource): Pool {
  return (dataSource.driver as unknown as { readonly master: Pool }).master;
}

export async function runPrepared<Row extends object>(
  connection: Pool | PoolClient,
  { name, sql }: Prepared,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const { rows } = await connection.query<Row>({ name, text: sql, values: [...parameters] });
  return rows;
}

import type { DataSourceOptions } from 'typeorm';
import { Previews1763683200000 } from './migrations/1763683200000-previews.js';
import { PreviewRow } from './preview.entity.js';

/** How every process (and the migration command) sees the database. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    entities: [PreviewRow],
    migrations: [Previews1763683200000],
    synchronize: false, // the schema changes by migrations alone
    connectTimeoutMS: 5_000,
    applicationName: 'warmlink',
  };
}

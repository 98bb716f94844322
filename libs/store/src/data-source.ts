import type { DataSourceOptions } from 'typeorm';
import { HostExperienceRow } from './host-experience.entity.js';
import { Previews1763683200000 } from './migrations/1763683200000-previews.js';
import { ScrapeMemory1763690400000 } from './migrations/1763690400000-scrape-memory.js';
import { PreviewRow } from './preview.entity.js';
import { PurgeRow } from './purge.entity.js';

/** How every process (and the migration command) sees the database. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    entities: [PreviewRow, HostExperienceRow, PurgeRow],
    migrations: [Previews1763683200000, ScrapeMemory1763690400000],
    synchronize: false, // the schema changes by migrations alone
    connectTimeoutMS: 5_000,
    applicationName: 'warmlink',
  };
}

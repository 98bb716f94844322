import type { DataSource, DataSourceOptions } from 'typeorm';
import { HostExperienceRow } from './host-experience.entity.js';
import { Previews1763683200000 } from './migrations/1763683200000-previews.js';
import { ScrapeMemory1763690400000 } from './migrations/1763690400000-scrape-memory.js';
import { WarmLoop1763776800000 } from './migrations/1763776800000-warm-loop.js';
import { PurgeVersion1763863200000 } from './migrations/1763863200000-purge-version.js';
import { WarmMoments1763949600000 } from './migrations/1763949600000-warm-moments.js';
import { ApiKeys1764036000000 } from './migrations/1764036000000-api-keys.js';
import { BatchAskers1764126000000 } from './migrations/1764126000000-batch-askers.js';
import { RefreshBatches1764212400000 } from './migrations/1764212400000-refresh-batches.js';
import { HostIndex1764298800000 } from './migrations/1764298800000-host-index.js';
import { PreviewRow } from './preview.entity.js';
import { PurgeRow } from './purge.entity.js';
import { QUIET } from './quiet-logger.js';

/** How every process (and the migration command) sees the database. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    entities: [PreviewRow, HostExperienceRow, PurgeRow],
    migrations: [
      Previews1763683200000,
      ScrapeMemory1763690400000,
      WarmLoop1763776800000,
      PurgeVersion1763863200000,
      WarmMoments1763949600000,
      ApiKeys1764036000000,
      BatchAskers1764126000000,
      RefreshBatches1764212400000,
      HostIndex1764298800000,
    ],
    logger: QUIET,
    synchronize: false, // the schema changes by migrations alone
    connectTimeoutMS: 5_000,
    applicationName: 'warmlink',
    extra: {
      idleTimeoutMillis: 0, // connections stay: to open one in an outage of Redis would cost readers more than the read
      pipeline: true, // who doesn't wait for one statement's answer may send the next
    },
  };
}

/** Opens all connections of the pool, so that the first readers who need Postgres don't wait for them. */
export async function openPool(dataSource: DataSource, poolSize: number): Promise<void> {
  // Each takes a connection of its own, as those before it are still opening theirs.
  await Promise.all(Array.from({ length: poolSize }, () => dataSource.query('SELECT 1')));
}

import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ApiKeys } from './api-keys.js';
import { dataSourceOptions, openPool } from './data-source.js';
import { HotPreviews } from './hot-previews.js';
import { Leases } from './leases.js';
import { migrate } from './migrate.js';
import { PreviewPurger } from './preview-purger.js';
import { PreviewStoreReader } from './preview-store-reader.js';
import { PreviewStoreWriter } from './preview-store-writer.js';
import { StorePool } from './store-pool.js';
import { UnreadRows } from './unread-rows.js';
import { WarmBatches } from './warm-batches.js';
import { WarmInsight } from './warm-insight.js';
import { WarmLedger } from './warm-ledger.js';
import { WarmReleases } from './warm-releases.js';

export interface StoreOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly readDeadlineMs: number;
  /** How often Postgres is tried at boot, once a second, so that start order doesn't matter; default: 60. */
  readonly bootAttempts?: number;
  /** Told why the schema isn't up to date yet. */
  readonly onMigrationWait?: (why: string) => void;
}

/** Previews in Postgres. The schema is brought up to date before the process does anything else. */
@Module({})
export class StoreModule {
  /** What a gateway gets: it removes previews, orders warms, makes keys, shows what is known, and never writes a preview. */
  static forReading(options: StoreOptions): DynamicModule {
    return storeModule(options, [PreviewPurger, WarmBatches, HotPreviews, WarmInsight, ApiKeys]);
  }

  static forWriting(options: StoreOptions): DynamicModule {
    return storeModule(options, [
      PreviewStoreWriter,
      WarmLedger,
      WarmReleases,
      Leases,
      HotPreviews,
      UnreadRows,
    ]);
  }
}

function storeModule(
  options: StoreOptions,
  parts: readonly (new (dataSource: DataSource) => object)[],
): DynamicModule {
  return {
    module: StoreModule,
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => ({
          ...dataSourceOptions(options.url, options.poolSize),
          retryAttempts: options.bootAttempts ?? 60,
          retryDelay: 1_000,
        }),
        dataSourceFactory: async (settings) => {
          const dataSource = await new DataSource(settings!).initialize();
          try {
            await migrate(
              dataSource,
              options.onMigrationWait === undefined ? {} : { onWait: options.onMigrationWait },
            );
            await openPool(dataSource, options.poolSize);
            return dataSource;
          } catch (error) {
            await dataSource.destroy(); // it is tried again, with new connections
            throw error;
          }
        },
      }),
    ],
    providers: [
      {
        provide: PreviewStoreReader,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) =>
          new PreviewStoreReader(dataSource, { deadlineMs: options.readDeadlineMs }),
      },
      ...[StorePool, ...parts].map((part) => ({
        provide: part,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new part(dataSource),
      })),
    ],
    exports: [PreviewStoreReader, StorePool, ...parts],
  };
}

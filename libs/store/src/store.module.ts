import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { dataSourceOptions, openPool } from './data-source.js';
import { HotPreviews } from './hot-previews.js';
import { Leases } from './leases.js';
import { migrate } from './migrate.js';
import { PreviewPurger } from './preview-purger.js';
import { PreviewStoreReader } from './preview-store-reader.js';
import { PreviewStoreWriter } from './preview-store-writer.js';
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
}

/** Previews in Postgres. The schema is brought up to date before the process does anything else. */
@Module({})
export class StoreModule {
  /** What a gateway gets: it removes previews, orders warms, shows what is known, and never writes a preview. */
  static forReading(options: StoreOptions): DynamicModule {
    return storeModule(options, [PreviewPurger, WarmBatches, HotPreviews, WarmInsight]);
  }

  static forWriting(options: StoreOptions): DynamicModule {
    return storeModule(options, [PreviewStoreWriter, WarmLedger, WarmReleases, Leases, HotPreviews]);
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
          await migrate(dataSource);
          await openPool(dataSource, options.poolSize);
          return dataSource;
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
      ...parts.map((part) => ({
        provide: part,
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => new part(dataSource),
      })),
    ],
    exports: [PreviewStoreReader, ...parts],
  };
}

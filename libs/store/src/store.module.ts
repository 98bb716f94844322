import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { dataSourceOptions, openPool } from './data-source.js';
import { migrate } from './migrate.js';
import { PreviewPurger } from './preview-purger.js';
import { PreviewStoreReader } from './preview-store-reader.js';
import { PreviewStoreWriter } from './preview-store-writer.js';

export interface StoreOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly readDeadlineMs: number;
}

/** Postgres is waited for at boot, once a second for this many times, so that start order doesn't matter. */
const BOOT_ATTEMPTS = 60;

/** Previews in Postgres. The schema is brought up to date before the process does anything else. */
@Module({})
export class StoreModule {
  /** What a gateway gets: it removes previews, and never writes one. */
  static forReading(options: StoreOptions): DynamicModule {
    return storeModule(options, [PreviewPurger]);
  }

  static forWriting(options: StoreOptions): DynamicModule {
    return storeModule(options, [PreviewStoreWriter]);
  }
}

function storeModule(
  options: StoreOptions,
  writers: (typeof PreviewStoreWriter | typeof PreviewPurger)[],
): DynamicModule {
  return {
    module: StoreModule,
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => ({
          ...dataSourceOptions(options.url, options.poolSize),
          retryAttempts: BOOT_ATTEMPTS,
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
      ...writers,
    ],
    exports: [PreviewStoreReader, ...writers],
  };
}

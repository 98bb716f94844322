export { dataSourceOptions } from './data-source.js';
export { migrate } from './migrate.js';
export { PreviewPurger } from './preview-purger.js';
export { PreviewStoreReader } from './preview-store-reader.js';
export {
  PreviewStoreWriter,
  type SaveResult,
  type ScrapeEnd,
  type ScrapeStart,
  type UnversionedEntry,
} from './preview-store-writer.js';
export type { PurgeScope } from './purge-scope.js';
export { storeEnv } from './store.env.js';
export { StoreModule, type StoreOptions } from './store.module.js';

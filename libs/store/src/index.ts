export { dataSourceOptions } from './data-source.js';
export { migrate } from './migrate.js';
export { PreviewStoreReader } from './preview-store-reader.js';
export { PreviewStoreWriter, type UnversionedEntry } from './preview-store-writer.js';
export { storeEnv } from './store.env.js';
export { StoreModule, type StoreOptions } from './store.module.js';

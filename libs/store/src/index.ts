export { dataSourceOptions } from './data-source.js';
export { HEAT_FADES_MS, type HotPreview, HotPreviews } from './hot-previews.js';
export { Leases } from './leases.js';
export { migrate } from './migrate.js';
export { PreviewPurger } from './preview-purger.js';
export { PreviewStoreReader } from './preview-store-reader.js';
export { PreviewStoreWriter, type SaveResult } from './preview-store-writer.js';
export type { ScrapeEnd, ScrapeStart, UnversionedEntry, Visit } from './scrape.js';
export type { TotalStep, Totals } from './minute-totals.js';
export type { PurgeScope } from './purge-scope.js';
export { storeEnv } from './store.env.js';
export { StoreModule, type StoreOptions } from './store.module.js';
export { type BatchProgress, WarmBatches, type WarmOrder } from './warm-batches.js';
export { type LearnedForecast, WarmInsight } from './warm-insight.js';
export {
  type ChosenWarm,
  type DemandRow,
  type LedgerDays,
  LedgerEntry,
  type LoopState,
  type PlanPlace,
  type PlanRow,
  type VisitLoad,
  WarmLedger,
  type WarmRow,
} from './warm-ledger.js';
export { type ReleasedWarm, WarmReleases } from './warm-releases.js';

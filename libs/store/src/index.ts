export { isApiKeySecret } from './api-key-secret.js';
export { type ActiveKey, type ApiKey, ApiKeys } from './api-keys.js';
export { dataSourceOptions } from './data-source.js';
export { HEAT_FADES_MS, type HotPreview, HotPreviews } from './hot-previews.js';
export { Leases } from './leases.js';
export { migrate } from './migrate.js';
export { PreviewPurger } from './preview-purger.js';
export { PreviewStoreReader } from './preview-store-reader.js';
export { PreviewStoreWriter, type SaveResult } from './preview-store-writer.js';
export type { ScrapeEnd, ScrapeStart, UnversionedEntry, Visit } from './scrape.js';
export type { TotalStep, Totals } from './minute-totals.js';
export type { ListedScope, PurgeScope } from './purge-scope.js';
export { storeEnv } from './store.env.js';
export { StorePool } from './store-pool.js';
export { StoreModule, type StoreOptions } from './store.module.js';
export { UnreadRows, type UnreadTable } from './unread-rows.js';
export { type BatchProgress, type BatchTerms, WarmBatches, type WarmOrder } from './warm-batches.js';
export { type LearnedForecast, WarmInsight } from './warm-insight.js';
export {
  type DemandRow,
  type LedgerDays,
  LedgerEntry,
  type LoopState,
  type PlanDecision,
  type PlanMoment,
  type PlanPeriod,
  type PlanPlace,
  type PlanRow,
  type VisitLoad,
  WarmLedger,
  type WarmRow,
} from './warm-ledger.js';
export { type ReleasedOrder, type ReleasedWarm, WarmReleases } from './warm-releases.js';

export { type CanonicalUrl, canonicalUrl, fetchCandidates, hostOf } from './canonical-url.js';
export { Clock } from './clock.js';
export { DeadlineExceeded, withinDeadline } from './deadline.js';
export { type Freshness, freshness, type Lifetimes, lifetimeMs, remainingLifetimeMs } from './freshness.js';
export type { LinkPreview, PreviewMedia } from './link-preview.js';
export type {
  OriginErrorCode,
  PreviewEntry,
  Redirect,
  ScrapeFailure,
  ScrapeOutcome,
  ScrapeSuccess,
} from './preview-entry.js';
export {
  type ErrorCode,
  InvalidUrl,
  PreviewError,
  QueueBusy,
  ReadTimedOut,
  StoresUnavailable,
} from './preview-error.js';
export { type PreviewKey, previewKey } from './preview-key.js';

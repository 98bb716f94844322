export { type BodyText, bodyText } from './body-text.js';
export { type CanonicalUrl, canonicalUrl, fetchCandidates, hostOf, LONGEST_URL } from './canonical-url.js';
export { Clock } from './clock.js';
export { DeadlineExceeded, withinDeadline } from './deadline.js';
export {
  ageMs,
  type CallerLimits,
  type FailurePauses,
  failurePauseMs,
  type Freshness,
  freshness,
  isGone,
  remainingLifetimeMs,
  showsPreview,
  type Standing,
} from './freshness.js';
export { GatheredReads } from './gathered-reads.js';
export type {
  LinkPreview,
  PageContent,
  PictureColors,
  PreviewMedia,
  PreviewRecording,
  Provenance,
} from './link-preview.js';
export type { Embed, EmbedScript, OEmbed } from './oembed.js';
export { parseUrl } from './parse-url.js';
export { type Picture, PICTURES, picturesOf, uncolored } from './pictures.js';
export {
  FIELDS,
  isWhole,
  lacksColors,
  type PreviewBody,
  previewBody,
  type Projection,
  WHOLE,
} from './preview-body.js';
export { PreviewCopy } from './preview-copy.js';
export {
  type OriginErrorCode,
  type PreviewEntry,
  type PreviewFacets,
  type Redirect,
  type ScrapeFailure,
  type ScrapeOutcome,
  type ScrapeSuccess,
  type VisitReason,
  visitVersion,
} from './preview-entry.js';
export {
  type ErrorCode,
  InvalidUrl,
  PreviewError,
  QueueAway,
  QueueBusy,
  ReadTimedOut,
  StoresUnavailable,
} from './preview-error.js';
export { type PreviewKey, previewKey } from './preview-key.js';
export { withTags } from './tags.js';
export { NO_MEMORY, type ScrapeMemory, type Validators } from './scrape-memory.js';

import type { CanonicalUrl } from './canonical-url.js';
import type { LinkPreview } from './link-preview.js';
import type { OEmbed } from './oembed.js';
import type { ErrorCode } from './preview-error.js';
import type { PreviewKey } from './preview-key.js';

/** One hop on the way to the page, in order. */
export interface Redirect {
  readonly statusCode: number;
  readonly url: string;
}

/** How a scrape ended when the origin gave a page. */
export interface ScrapeSuccess {
  readonly kind: 'success';
  readonly statusCode: number;
  /** The response headers that describe the page, lower-cased; never cookies. */
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: readonly Redirect[];
}

/** How a scrape ended when the origin gave none. It is stored and cached like a preview. */
export interface ScrapeFailure {
  readonly kind: 'failure';
  readonly code: OriginErrorCode;
  readonly reason: string;
  /** The origin's status, where it answered at all. */
  readonly statusCode: number | null;
  /** The pause that the origin asked for (Retry-After), in ms. */
  readonly retryAfterMs: number | null;
}

/** The codes that an origin (rather than a caller, or we) can be the cause of. */
export type OriginErrorCode = Extract<
  ErrorCode,
  | 'EFORBIDDENURL'
  | 'EUNREACHABLE'
  | 'EORIGINTIMEOUT'
  | 'ENOTFOUND'
  | 'EORIGINSTATUS'
  | 'EMAXREDIRECTS'
  | 'ETOOLARGE'
  | 'ENOTPREVIEWABLE'
  | 'EDECODE'
>;

export type ScrapeOutcome = ScrapeSuccess | ScrapeFailure;

/** Why an origin is visited: someone waits, an old copy is served meanwhile, or nobody has asked yet. */
export type VisitReason = 'scrape' | 'refresh' | 'warm';

/** What is known of a page from elsewhere, each part with the name of where: it costs a request of its own, and is no word of the page's. */
export interface PreviewFacets {
  readonly oembed?: OEmbed;
  /** Version of the copy that a visit brought, where this one only adds to it. */
  readonly amends?: number;
}

/**
 * All that is known of one page, as every tier holds it. Times are milliseconds since the epoch.
 * After a failure `preview` keeps the last good copy (`null` if there never was one) and `outcome` says what went wrong.
 */
export interface PreviewEntry {
  readonly key: PreviewKey;
  /** Given by Postgres at each write, and only grows: of two copies the higher one is newer, whatever the clocks say. */
  readonly version: number;
  readonly url: CanonicalUrl;
  /** The candidate that answered, before redirects. */
  readonly fetchUrl: string;
  readonly preview: LinkPreview | null;
  readonly outcome: ScrapeOutcome;
  readonly facets: PreviewFacets;
  /** Names that a purge can reach this entry by, beside its URL and host. */
  readonly tags: readonly string[];
  /** What the visit was for that made this copy. */
  readonly fetchedFor: VisitReason;
  /** When the origin last confirmed `preview`; without one, when it was last asked. */
  readonly fetchedAt: number;
  /** Until then the origin isn't asked again: the preview is fresh, or its failure is. */
  readonly freshUntil: number;
  /** Until then the preview may be served while it is refreshed, or while its origin fails. */
  readonly staleUntil: number;
}

/** Version of the visit that a copy is from. Who wants something newer than he saw wants a newer visit, and not the same one with additions. */
export function visitVersion({ version, facets }: PreviewEntry): number {
  return facets.amends ?? version;
}

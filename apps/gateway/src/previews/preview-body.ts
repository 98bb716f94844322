import {
  fetchCandidates,
  type LinkPreview,
  type PreviewEntry,
  type Redirect,
  showsPreview,
} from '#libs/preview';
import { OriginFailed } from './origin-failed.js';

/** The body of a success, as the Microlink contract has it: every field is there, `null` where unknown. */
export interface PreviewBody {
  readonly status: 'success';
  readonly data: Partial<PreviewData>;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: readonly Redirect[];
}

type PreviewData = LinkPreview & { readonly video: null; readonly audio: null; readonly iframe: null };

/** The fields of `data`, by which callers choose. */
export const FIELDS = [
  'url',
  'title',
  'description',
  'lang',
  'author',
  'publisher',
  'date',
  'image',
  'logo',
  'video',
  'audio',
  'iframe',
] as const satisfies readonly (keyof PreviewData)[];

/** What a caller wants to see of `data`. */
export interface Projection {
  /** Only these; undefined for all. */
  readonly fields: readonly string[] | undefined;
  /** `false` leaves the address alone. */
  readonly meta: boolean;
  readonly without: readonly string[];
}

/** Whether a projection leaves everything as it is, so that the bytes are those that everybody gets. */
export function isWhole({ fields, meta, without }: Projection): boolean {
  return fields === undefined && meta && without.length === 0;
}

/** @throws {OriginFailed} when the entry says how a scrape failed */
export function previewBody(entry: PreviewEntry, projection: Projection, now: number): PreviewBody {
  const { url, preview, outcome } = entry;
  if (preview === null || !showsPreview(entry, now)) {
    if (outcome.kind === 'success') throw new Error(`${url} was stored as a success without a preview`);
    throw new OriginFailed(fetchCandidates(url)[0] ?? url, outcome);
  }
  const success = outcome.kind === 'success' ? outcome : { statusCode: 200, headers: {}, redirects: [] };
  return {
    status: 'success',
    data: project({ ...preview, video: null, audio: null, iframe: null }, projection),
    statusCode: success.statusCode,
    headers: success.headers,
    redirects: success.redirects,
  };
}

function project(data: PreviewData, { fields, meta, without }: Projection): Partial<PreviewData> {
  const wanted = fields === undefined ? undefined : new Set(fields.map((field) => field.split('.', 1)[0]));
  const kept = FIELDS.filter((field) => {
    if (wanted !== undefined) return wanted.has(field);
    return (meta || field === 'url') && !without.includes(field);
  });
  return Object.fromEntries(kept.map((field) => [field, data[field]]));
}

import { fetchCandidates, type LinkPreview, type PreviewEntry, type Redirect } from '#libs/preview';
import { OriginFailed } from './origin-failed.js';

/** The body of a success, as the Microlink contract has it: every field is there, `null` where unknown. */
export interface PreviewBody {
  readonly status: 'success';
  readonly data: LinkPreview & { readonly video: null; readonly audio: null; readonly iframe: null };
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: readonly Redirect[];
}

/** @throws {OriginFailed} when the entry says how a scrape failed */
export function previewBody({ url, preview, outcome }: PreviewEntry): PreviewBody {
  if (outcome.kind === 'failure') throw new OriginFailed(fetchCandidates(url)[0] ?? url, outcome);
  if (preview === null) throw new Error(`${url} was stored as a success without a preview`);
  return {
    status: 'success',
    data: { ...preview, video: null, audio: null, iframe: null },
    statusCode: outcome.statusCode,
    headers: outcome.headers,
    redirects: outcome.redirects,
  };
}

import { type CanonicalUrl, hostOf, type PreviewKey, previewKey } from '#libs/preview';

/** A page, by its name in code and its name on the web, with the site that it lies on. */
export interface Page {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
  readonly host: string;
}

export function pageAt(url: CanonicalUrl): Page {
  return { key: previewKey(url), url, host: hostOf(url) };
}

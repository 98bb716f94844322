import {
  canonicalUrl,
  type LinkPreview,
  PreviewCopy,
  type PreviewEntry,
  type PreviewKey,
  previewKey,
  type Projection,
  type ScrapeFailure,
  WHOLE,
} from '#libs/preview';

/** A preview; say only what matters. */
export function aPreview(given: Partial<LinkPreview> = {}): LinkPreview {
  return {
    url: 'https://example.com/',
    title: 'Example',
    description: null,
    lang: 'en',
    author: null,
    publisher: 'example.com',
    date: null,
    datePublished: null,
    dateModified: null,
    image: null,
    logo: null,
    favicon: null,
    video: null,
    audio: null,
    type: null,
    themeColor: null,
    keywords: null,
    provenance: {},
    ...given,
  };
}

/** A stored preview; say only what matters. `at` is the URL that it is of. */
export function anEntry({
  at = 'https://example.com/',
  ...given
}: Partial<PreviewEntry> & { at?: string } = {}): PreviewEntry {
  const url = canonicalUrl(at);
  return {
    key: previewKey(url),
    version: 1,
    url,
    fetchUrl: at,
    preview: aPreview({ url: at }),
    outcome: { kind: 'success', statusCode: 200, headers: {}, redirects: [] },
    facets: {},
    tags: [],
    fetchedFor: 'scrape',
    fetchedAt: 1_800_000_000_000,
    freshUntil: 1_800_000_000_000 + 86_400_000,
    staleUntil: 1_800_000_000_000 + 86_400_000,
    ...given,
  };
}

export function aFailure(given: Partial<ScrapeFailure> = {}): ScrapeFailure {
  return {
    kind: 'failure',
    code: 'EUNREACHABLE',
    reason: 'The origin can not be reached.',
    statusCode: null,
    retryAfterMs: null,
    ...given,
  };
}

/** The key of the page with this number. */
export function aKey(number = 0): PreviewKey {
  return `00000000-0000-0000-0000-${number.toString(16).padStart(12, '0')}` as PreviewKey;
}

/** A stored preview as tiers hold it; say only what matters. */
export function aCopy(given: Parameters<typeof anEntry>[0] = {}): PreviewCopy {
  return PreviewCopy.of(anEntry(given));
}

/** What is seen of a preview by who chooses nothing. */
export function aProjection(given: Partial<Projection> = {}): Projection {
  return { ...WHOLE, ...given };
}

/** The colours that a picture is made of, as `#RRGGBB` in upper case. */
export interface PictureColors {
  /** At most six, the most dominant first; never none. */
  readonly palette: readonly string[];
  /** The dominant one: what to write upon. */
  readonly background: string;
  /** What is best to be read there (WCAG 2.2, level AA), and the next best; the same where there is no other. */
  readonly color: string;
  readonly alternative: string;
}

/** A picture, a video or a sound file that a page names, or is. `url` is absolute and http(s). */
export interface PreviewMedia {
  readonly url: string;
  /** Its format as a file's ending (`jpg`, `svg`, `mp4`); null where nothing tells. This and what follows is there where the file itself was looked at. */
  readonly type?: string | null;
  /** In bytes; null where the origin doesn't say. */
  readonly size?: number | null;
  /** In pixels; null where the first bytes don't say. */
  readonly width?: number | null;
  readonly height?: number | null;
  /**
   * There where somebody asked for them: `null` where the picture has none that we can see, `failed` where it could not be had, which the
   * page's next visit forgets.
   */
  readonly colors?: PictureColors | 'failed' | null;
}

/** A video or a sound file. */
export interface PreviewRecording extends PreviewMedia {
  readonly type: string | null;
}

/**
 * What a page says of itself. Every field is present and `null` where the page does not say,
 * because the clients of the Microlink contract read fields without asking whether they exist.
 */
export interface PageContent {
  readonly url: string;
  readonly title: string | null;
  readonly description: string | null;
  /** The primary subtag of BCP 47, in lower case. */
  readonly lang: string | null;
  readonly author: string | null;
  readonly publisher: string | null;
  /** ISO 8601 in UTC: when the page was modified, else when it was published. */
  readonly date: string | null;
  /** ISO 8601 in UTC. */
  readonly datePublished: string | null;
  /** ISO 8601 in UTC. */
  readonly dateModified: string | null;
  readonly image: PreviewMedia | null;
  readonly logo: PreviewMedia | null;
  readonly favicon: PreviewMedia | null;
  readonly video: PreviewRecording | null;
  readonly audio: PreviewRecording | null;
  /** What the page is about, in OpenGraph's words: `article`, `website`, `profile`, `video.other` … */
  readonly type: string | null;
  /** A CSS colour, in lower case. */
  readonly themeColor: string | null;
  /** At most 20, in page order. */
  readonly keywords: readonly string[] | null;
}

/** A field of a page to the short name of the rule that it was found by (`og:title`, `json-ld:headline`); those that are null are left out. */
export type Provenance = Readonly<Partial<Record<keyof PageContent, string>>>;

/** What a link card shows of a page, and where on the page that stood. */
export interface LinkPreview extends PageContent {
  readonly provenance: Provenance;
}

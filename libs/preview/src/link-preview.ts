/** A picture, a video or a sound file that a page names. `url` is absolute and http(s). */
export interface PreviewMedia {
  readonly url: string;
}

/**
 * What a link card shows of a page. Every field is present and `null` where the page does not say,
 * because the clients of the Microlink contract read fields without asking whether they exist.
 */
export interface LinkPreview {
  readonly url: string;
  readonly title: string | null;
  readonly description: string | null;
  /** BCP 47, as the page writes it but lower-cased. */
  readonly lang: string | null;
  readonly author: string | null;
  readonly publisher: string | null;
  /** ISO 8601 in UTC: when the page was modified, else when it was published. */
  readonly date: string | null;
  readonly image: PreviewMedia | null;
  readonly logo: PreviewMedia | null;
}

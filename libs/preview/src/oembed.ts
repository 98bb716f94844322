/** A script that HTML of a provider's asks for. */
export interface EmbedScript {
  readonly async: boolean;
  /** https, absolute. */
  readonly src: string;
  readonly charset: string | null;
}

/** A provider's HTML that shows a page's film or post inside another page. It is foreign code: only who asks for it may get it. */
export interface Embed {
  /** As the provider gave it, at most 20 Ki UTF-16 code units. */
  readonly html: string;
  readonly scripts: readonly EmbedScript[];
  /** In pixels; null where the provider leaves it open. */
  readonly width: number | null;
  readonly height: number | null;
}

/** What the provider of a page's embed says of it (oembed.com): plain texts, and http(s) URLs. */
export interface OEmbed {
  readonly title: string | null;
  readonly author: string | null;
  readonly publisher: string | null;
  readonly imageUrl: string | null;
  /** Of films and of posts; null for pictures and plain links. */
  readonly embed: Embed | null;
}

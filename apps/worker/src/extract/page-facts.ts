/** A `link` element, as the page has it. */
export interface PageLink {
  readonly rel: readonly string[];
  readonly href: string;
  readonly sizes: string;
}

/** What one pass over a page noted down; the fields are chosen from it afterwards. */
export interface PageFacts {
  /** Where the page was found. */
  readonly url: string;
  /** What its relative URLs are relative to. */
  readonly baseUrl: string;
  readonly htmlLang: string | null;
  /** Text of the first `title` element of the document. */
  readonly title: string | null;
  /** Text of the first `h1`. */
  readonly heading: string | null;
  /** `content` of each `meta`, by its `property`, `name` or `itemprop` in lower case, in page order. */
  readonly metas: ReadonlyMap<string, readonly string[]>;
  readonly links: readonly PageLink[];
  /** Nodes of the page's JSON-LD, flattened (`@graph`, arrays), in page order. */
  readonly jsonLd: readonly JsonLdNode[];
  /** `datetime` of the first `time` elements, in page order. */
  readonly times: readonly string[];
}

export type JsonLdNode = Readonly<Record<string, unknown>>;

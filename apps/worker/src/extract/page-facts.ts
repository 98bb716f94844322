import type { JsonLd } from './json-ld.js';

export type Attributes = Readonly<Record<string, string>>;

/** A `link` element, as the page has it. */
export interface PageLink {
  readonly rel: readonly string[];
  readonly attributes: Attributes;
  readonly href: string;
}

/** An element of the body that may say a field: what it shows, and what it tells machines. */
export interface Sign {
  /** Its text, a line a block; empty where it is longer than anything that we look for. */
  readonly text: string;
  readonly attributes: Attributes;
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
  /** `content` of each `meta`, by its `property`, `name` or `itemprop` in lower case, in page order. */
  readonly metas: ReadonlyMap<string, readonly string[]>;
  readonly links: readonly PageLink[];
  readonly jsonLd: JsonLd;
  /** What the state that a page's own scripts start from (`application/json`) has as date of its content. */
  readonly stateDates: readonly string[];
  /** Elements of the body by what they are a sign of (`signs.ts`), in page order. */
  readonly signs: ReadonlyMap<string, readonly Sign[]>;
}

import type { LinkPreview, PageContent } from '#libs/preview';
import { absoluteUrl } from './accept.js';
import { FIELDS } from './fields/index.js';
import type { PageFacts, PageLink } from './page-facts.js';
import { PageScanner } from './page-scanner.js';
import { choose, type Choice, type Field } from './rule.js';

/** What a page says of itself, and where it says that more is to be had. */
export interface ExtractedPage {
  readonly preview: LinkPreview;
  /** Where the oEmbed provider is asked about the page; null where the page names none. */
  readonly oembedUrl: string | null;
}

/**
 * Reads a page as it arrives and makes the preview of it; leaves the page as soon as its head has said all. Pure: the same
 * text gives the same preview, however it was cut.
 *
 * @param url where the page was found
 * @param requestedUrl what led there: the page's address where the other is too long for one, and the page names none
 */
export async function extractPage(
  url: string,
  pageText: AsyncIterable<string>,
  requestedUrl = url,
): Promise<ExtractedPage> {
  const scanner = new PageScanner(url, saysAll);
  for await (const piece of pageText) {
    if (!scanner.write(piece)) break;
  }
  const facts = scanner.end();
  return { preview: previewOf(facts, requestedUrl), oembedUrl: oembedUrlOf(facts) };
}

/** As `extractPage`, for whoever wants the preview alone. */
export async function extractPreview(url: string, pageText: AsyncIterable<string>): Promise<LinkPreview> {
  return (await extractPage(url, pageText)).preview;
}

/** By the discovery link of oembed.com, section 4, in JSON. */
function oembedUrlOf(facts: PageFacts): string | null {
  const isDiscovery = ({ rel, attributes }: PageLink) =>
    rel.includes('alternate') && /^\s*(application|text)\/json\+oembed\b/i.test(attributes['type'] ?? '');
  const link = facts.links.find(isDiscovery);
  return link === undefined ? null : absoluteUrl(link.href, facts);
}

type Choices = { readonly [Name in keyof typeof FIELDS]: Choice<NonNullable<PageContent[Name]>> | null };

function previewOf(facts: PageFacts, requestedUrl: string): LinkPreview {
  const choices = Object.fromEntries(
    Object.entries(FIELDS).map(([name, field]) => [name, choose(facts, field as Field<unknown>)]),
  ) as unknown as Choices;
  const { datePublished, dateModified } = choices;
  const all = { ...choices, date: dateModified ?? datePublished };
  const value = <Name extends keyof typeof all>(name: Name) =>
    (all[name]?.value ?? null) as PageContent[Name];
  return {
    url: choices.url?.value ?? requestedUrl,
    title: value('title'),
    description: value('description'),
    lang: value('lang'),
    author: value('author'),
    publisher: value('publisher'),
    date: value('date'),
    datePublished: value('datePublished'),
    dateModified: value('dateModified'),
    image: value('image'),
    logo: value('logo'),
    favicon: value('favicon'),
    video: value('video'),
    audio: value('audio'),
    type: value('type'),
    themeColor: value('themeColor'),
    keywords: value('keywords'),
    provenance: Object.fromEntries(
      Object.entries(all).flatMap(([name, choice]) => (choice === null ? [] : [[name, choice.rule]])),
    ),
  };
}

/** What has to be found, and not by a guess, before the rest of a page is left. */
const ESSENTIAL = ['title', 'description', 'image', 'lang', 'author', 'publisher', 'datePublished'] as const;
const GUESSES = new Set(['title-end', 'host', 'address', 'state']);

/**
 * Whether the rest of a page would hardly add anything: all essential fields are there, and so is the JSON-LD, which many
 * pages have in their body. What it costs is in docs/extraction.md.
 */
function saysAll(facts: PageFacts): boolean {
  if (facts.jsonLd.pages().length === 0) return false;
  return ESSENTIAL.every((name) => {
    const choice = choose(facts, FIELDS[name] as Field<unknown>);
    return choice !== null && !GUESSES.has(choice.rule);
  });
}

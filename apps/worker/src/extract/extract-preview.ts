import type { LinkPreview } from '#libs/preview';
import { absoluteUrl, isoDate, media, text } from './accept.js';
import { authorName, authorRules } from './fields/author.js';
import { dateRules } from './fields/date.js';
import { descriptionRules } from './fields/description.js';
import { imageRules } from './fields/image.js';
import { languageTag, langRules } from './fields/lang.js';
import { logoRules } from './fields/logo.js';
import { publisherName, publisherRules } from './fields/publisher.js';
import { titleRules } from './fields/title.js';
import { urlRules } from './fields/url.js';
import type { PageFacts } from './page-facts.js';
import { PageScanner } from './page-scanner.js';
import { firstValid } from './rule.js';

/** Reads a page as it arrives and makes the preview of it. Pure: the same text gives the same preview. */
export async function extractPreview(url: string, pageText: AsyncIterable<string>): Promise<LinkPreview> {
  const scanner = new PageScanner(url);
  for await (const piece of pageText) scanner.write(piece);
  return previewOf(scanner.end());
}

function previewOf(facts: PageFacts): LinkPreview {
  return {
    url: firstValid(facts, urlRules, absoluteUrl) ?? facts.url,
    title: firstValid(facts, titleRules, text),
    description: firstValid(facts, descriptionRules, text),
    lang: firstValid(facts, langRules, languageTag),
    author: firstValid(facts, authorRules, authorName),
    publisher: firstValid(facts, publisherRules, publisherName),
    date: firstValid(facts, dateRules, isoDate),
    image: firstValid(facts, imageRules, media),
    logo: firstValid(facts, logoRules, media),
  };
}

import { prose } from '../accept.js';
import { type Field, jsonLdPageTexts, metas, shown } from '../rule.js';

export const description: Field<string> = {
  rules: [
    ...metas('og:description', 'twitter:description', 'description', 'dc.description', 'dcterms.description'),
    ...jsonLdPageTexts('description', 'abstract', 'articleBody'),
    ...shown('item:description'),
  ],
  // "LONDON — ", which agencies put in front of what happened there, and the dots of a text that was cut.
  accept: (candidate) =>
    prose(candidate.replace(/^[A-Z\s]{3,40}\s[-—–]\s/, ''))?.replace(/\s?\.{2,3}$/, '…') ?? null,
};

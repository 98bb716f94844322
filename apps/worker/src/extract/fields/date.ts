import { namesOf } from '../json-ld.js';
import { meta, type Rule } from '../rule.js';

/** Modified first, then published, as the clients of the contract see it. */
export const dateRules: readonly Rule[] = [
  ({ jsonLd }) => jsonLd.flatMap((node) => namesOf(node['dateModified'])),
  meta('article:modified_time', 'og:updated_time', 'datemodified', 'last-modified', 'dcterms.modified'),
  ({ jsonLd }) =>
    jsonLd.flatMap((node) => [...namesOf(node['datePublished']), ...namesOf(node['uploadDate'])]),
  meta('article:published_time', 'og:published_time', 'datepublished', 'article:published', 'uploaddate'),
  meta('date', 'dc.date', 'dcterms.date', 'dc.date.issued', 'pubdate', 'sailthru.date', 'parsely-pub-date'),
  ({ times }) => times,
];

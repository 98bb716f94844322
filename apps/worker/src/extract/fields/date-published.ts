import { isoDate } from '../dates.js';
import { type Field, jsonLdTexts, metas, rule, shown, told } from '../rule.js';

const MACHINE = ['datetime', 'content', 'title'] as const;

export const datePublished: Field<string> = {
  rules: [
    ...jsonLdTexts('datePublished', 'dateCreated', 'uploadDate'),
    ...metas('article:published_time', 'og:published_time', 'og:article:published_time', 'article:published'),
    ...metas('og:release_date', 'music:release_date', 'video:release_date', 'book:release_date'),
    ...metas('datepublished', 'datecreated', 'uploaddate', 'citation_publication_date', 'citation_date'),
    ...metas('date', 'dc.date', 'dcterms.date', 'dc.date.issued', 'dcterms.created', 'pubdate'),
    ...metas('sailthru.date', 'parsely-pub-date', 'article.published'),
    told('item:datepublished', ...MACHINE),
    told('item:uploaddate', ...MACHINE),
    ...shown('item:datepublished'),
    told('time', 'datetime'),
    ...shown('published', 'time', 'byline', 'date', 'clock'),
    rule('address', ({ url }) => [dateInPath(url)]),
    rule('state', ({ stateDates }) => stateDates),
  ],
  accept: isoDate,
};

/** `/2026/03/02/title` or `/2026-03-02-title`: how many sites file what they publish. */
function dateInPath(url: string): string | undefined {
  const found = /\/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)/.exec(new URL(url).pathname);
  return found === null ? undefined : found.slice(1).join('-');
}

import { isoDate } from '../dates.js';
import { type Field, jsonLdTexts, metas, told } from '../rule.js';

export const dateModified: Field<string> = {
  rules: [
    ...jsonLdTexts('dateModified'),
    ...metas('article:modified_time', 'og:updated_time', 'og:article:modified_time', 'datemodified'),
    ...metas('last-modified', 'dcterms.modified', 'dc.date.modified', 'article.updated'),
    told('item:datemodified', 'datetime', 'content', 'title'),
  ],
  accept: isoDate,
};

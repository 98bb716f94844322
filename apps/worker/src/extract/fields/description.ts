import { isOfType, namesOf } from '../json-ld.js';
import { meta, type Rule } from '../rule.js';
import { ARTICLE } from './article.js';

export const descriptionRules: readonly Rule[] = [
  meta('og:description'),
  meta('twitter:description'),
  meta('description', 'dc.description'),
  ({ jsonLd }) =>
    jsonLd.filter((node) => isOfType(node, ARTICLE)).flatMap((node) => namesOf(node['description'])),
];

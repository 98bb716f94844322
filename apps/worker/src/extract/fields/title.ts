import { isOfType, namesOf } from '../json-ld.js';
import { meta, type Rule } from '../rule.js';
import { ARTICLE } from './article.js';

export const titleRules: readonly Rule[] = [
  meta('og:title'),
  meta('twitter:title'),
  ({ jsonLd }) =>
    jsonLd.filter((node) => isOfType(node, ARTICLE)).flatMap((node) => namesOf(node['headline'])),
  ({ title }) => [title],
  meta('title', 'dc.title', 'headline'),
  ({ heading }) => [heading],
];

import { meta, type Rule } from '../rule.js';

export const urlRules: readonly Rule[] = [
  ({ links }) => links.filter(({ rel }) => rel.includes('canonical')).map(({ href }) => href),
  meta('og:url'),
  meta('twitter:url'),
  ({ url }) => [url],
];

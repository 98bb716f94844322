import { absoluteUrl } from '../accept.js';
import { type Field, metas, rule } from '../rule.js';

export const url: Field<string> = {
  rules: [
    rule('canonical', ({ links }) =>
      links.filter(({ rel }) => rel.includes('canonical')).map(({ href }) => href),
    ),
    ...metas('og:url', 'twitter:url'),
    rule('address', (facts) => [facts.url]),
  ],
  accept: absoluteUrl,
};

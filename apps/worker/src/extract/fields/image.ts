import { isOfType, urlsOf } from '../json-ld.js';
import { meta, type Rule } from '../rule.js';
import { ARTICLE } from './article.js';

export const imageRules: readonly Rule[] = [
  meta('og:image:secure_url', 'og:image:url', 'og:image'),
  meta('twitter:image', 'twitter:image:src'),
  ({ jsonLd }) => jsonLd.filter((node) => isOfType(node, ARTICLE)).flatMap((node) => urlsOf(node['image'])),
  meta('image', 'thumbnailurl'),
  ({ links }) => links.filter(({ rel }) => rel.includes('image_src')).map(({ href }) => href),
];

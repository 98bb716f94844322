import { nameText } from '../accept.js';
import { namesOf } from '../json-ld.js';
import { meta, type Rule } from '../rule.js';

export const publisherRules: readonly Rule[] = [
  ({ jsonLd }) => jsonLd.flatMap((node) => namesOf(node['publisher'])),
  meta('og:site_name'),
  meta('application-name', 'apple-mobile-web-app-title', 'al:android:app_name', 'al:iphone:app_name'),
  meta('publisher', 'dc.publisher', 'article:publisher', 'twitter:app:name:iphone'),
  ({ url }) => [new URL(url).hostname.replace(/^www\./, '')],
];

/** A publisher's name, not the address of its page somewhere. */
export function publisherName(candidate: string): string | null {
  const name = nameText(candidate);
  return name === null || /^https?:\/\//i.test(name) ? null : name;
}

import { nameText } from '../accept.js';
import { type Field, jsonLdTexts, metas, rule, shown, told } from '../rule.js';

export const publisher: Field<string> = {
  rules: [
    ...metas('og:site_name'),
    ...jsonLdTexts('publisher'),
    ...metas(
      'application-name',
      'apple-mobile-web-app-title',
      'al:ios:app_name',
      'al:iphone:app_name',
      'al:android:app_name',
      'publisher',
      'publisher.name',
      'dc.publisher',
      'twitter:app:name:iphone',
      'twitter:app:name:ipad',
      'twitter:app:name:googleplay',
      'citation_publisher',
    ),
    ...shown('item:publisher.name', 'item:publisher', 'logo'),
    told('logo-image', 'alt'),
    rule('title-end', ({ title }) => [/\s[-|–—]\s([^-|–—]{2,60})$/.exec(title ?? '')?.[1]]),
    rule('host', ({ url }) => [new URL(url).hostname.replace(/^www\./, '')]),
  ],
  accept: publisherName,
};

/** A publisher's name, not the address of its page somewhere. */
export function publisherName(candidate: string): string | null {
  const name = nameText(candidate)?.replace(FORMER_NAME, '') ?? null;
  return name === null || /^https?:\/\//i.test(name) ? null : name;
}

const FORMER_NAME = / \((?:formerly|previously|formally known as) [^()]{1,60}\)$/i;

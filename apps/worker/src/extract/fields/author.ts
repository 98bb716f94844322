import { nameText } from '../accept.js';
import { namesOf } from '../json-ld.js';
import { meta, type Rule } from '../rule.js';

export const authorRules: readonly Rule[] = [
  ({ jsonLd }) => jsonLd.flatMap((node) => namesOf(node['author'])),
  ({ jsonLd }) => jsonLd.flatMap((node) => namesOf(node['creator'])),
  meta(
    'author',
    'article:author',
    'og:article:author',
    'dc.creator',
    'sailthru.author',
    'parsely-author',
    'byl',
  ),
];

/** A person's name, without the "by" in front of it; not the address of a profile, not an e-mail address. */
export function authorName(candidate: string): string | null {
  const name = nameText(candidate)?.replace(/^by\s+/i, '') ?? '';
  return name === '' || /^(https?:)?\/\//i.test(name) || name.includes('@') ? null : name;
}

import { isNode, isOfType, urlsOf } from '../json-ld.js';
import type { PageLink } from '../page-facts.js';
import { meta, type Rule } from '../rule.js';

export const logoRules: readonly Rule[] = [
  meta('og:logo', 'logo'),
  ({ jsonLd }) =>
    jsonLd.flatMap((node) => {
      const { publisher } = node;
      const owner = isNode(publisher) ? publisher : node;
      return isOfType(owner, /(Organization|Brand|Corporation)$/) ? urlsOf(owner['logo']) : [];
    }),
  ({ links }) => icons(links).map(({ href }) => href),
  ({ url }) => [new URL('/favicon.ico', url).href],
];

/** Icons, the largest first: a card shows them larger than a tab does. */
function icons(links: readonly PageLink[]): PageLink[] {
  return links
    .filter(({ rel }) => rel.some((word) => /^(apple-touch-icon(-precomposed)?|icon|fluid-icon)$/.test(word)))
    .sort((one, other) => width(other) - width(one));
}

function width({ sizes, rel }: PageLink): number {
  const declared = Number(/(\d+)x\d+/i.exec(sizes)?.[1] ?? 0);
  // Apple's default size, for the many pages that don't say.
  return declared === 0 && rel.some((word) => word.startsWith('apple')) ? 60 : declared;
}

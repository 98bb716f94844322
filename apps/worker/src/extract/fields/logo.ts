import type { PreviewMedia } from '#libs/preview';
import { media } from '../accept.js';
import { isNode, type JsonLd, type JsonLdNode } from '../json-ld.js';
import { type Field, metas, rule, told } from '../rule.js';
import { declaredWidth, icons } from './icons.js';

export const logo: Field<PreviewMedia> = {
  rules: [
    ...metas('og:logo', 'logo'),
    told('item:logo', 'src', 'content', 'href'),
    rule('json-ld:logo', ({ jsonLd }) => owners(jsonLd).flatMap((owner) => squareLogos(jsonLd, owner))),
    rule('icon', ({ links }) =>
      icons(links)
        .sort((one, other) => declaredWidth(other) - declaredWidth(one))
        .map(({ href }) => href),
    ),
    rule('host', ({ url }) => [new URL('/favicon.ico', url).href]),
  ],
  accept: media,
};

/** Who publishes the page, by its own word; and else the organizations that it speaks of. */
function owners(jsonLd: JsonLd): JsonLdNode[] {
  const publishers = jsonLd.about().flatMap((node) => jsonLd.members(node['publisher']).filter(isNode));
  return [...publishers, ...jsonLd.ofType(/(Organization|Brand|Corporation)$/)];
}

/** A card shows logos in a square: those that are wide would be a line in it. */
function squareLogos(jsonLd: JsonLd, owner: JsonLdNode): string[] {
  return jsonLd.members(owner['logo']).flatMap((logo) => {
    if (!isNode(logo)) return [];
    const [width, height] = [pixels(logo['width']), pixels(logo['height'])];
    return width !== null && width === height ? jsonLd.urls(logo) : [];
  });
}

/** A number, or a text that begins with one: `60`, `"60px"`. */
function pixels(value: unknown): number | null {
  const number = typeof value === 'string' ? Number.parseInt(value, 10) : value;
  return typeof number === 'number' && number > 0 ? number : null;
}

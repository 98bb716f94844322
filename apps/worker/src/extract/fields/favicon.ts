import type { PreviewMedia } from '#libs/preview';
import { media } from '../accept.js';
import { type Field, rule } from '../rule.js';
import { declaredWidth, icons } from './icons.js';

/** What a browser shows in a tab, in pixels across. */
const TAB_ICON = 32;

export const favicon: Field<PreviewMedia> = {
  rules: [
    rule('icon', ({ links }) =>
      icons(links)
        .filter(({ rel }) => rel.includes('icon'))
        .sort((one, other) => distance(declaredWidth(one)) - distance(declaredWidth(other)))
        .map(({ href }) => href),
    ),
    rule('host', ({ url }) => [new URL('/favicon.ico', url).href]),
  ],
  accept: media,
};

/** One that doesn't say its size has the usual one. */
function distance(width: number): number {
  return width === 0 ? 0 : Math.abs(width - TAB_ICON);
}

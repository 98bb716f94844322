import type { PictureColors } from '#libs/preview';
import { contrast, extremeOn, READABLE, readableOn } from './contrast.js';
import { dominantColors, type Pixels } from './dominant-colors.js';
import type { Rgb } from './oklab.js';

/** Most colours of a palette. */
const MOST = 6;

/**
 * What a card needs to look like its picture: the palette, its dominant colour to be written upon, and two to write with. These are the palette's own as far as they can
 * be read there, those with the most contrast first; then its others, made lighter or darker until they can; then black or white.
 *
 * @returns null for a picture of which nothing can be seen
 */
export function pictureColors(pixels: Pixels): PictureColors | null {
  const [background, ...others] = dominantColors(pixels, MOST);
  if (background === undefined) return null;
  const contrastOf = (color: Rgb) => contrast(background, color);
  const readable = others.filter((color) => contrastOf(color) >= READABLE);
  const adjusted = others.filter((color) => contrastOf(color) < READABLE);
  const [color = extremeOn(background), alternative = color] = [
    ...readable.sort((one, other) => contrastOf(other) - contrastOf(one)),
    ...adjusted.map((color) => readableOn(background, color)),
  ];
  return {
    palette: [background, ...others].map(hex),
    background: hex(background),
    color: hex(color),
    alternative: hex(alternative),
  };
}

function hex(rgb: Rgb): string {
  return `#${Buffer.from(rgb).toString('hex').toUpperCase()}`;
}

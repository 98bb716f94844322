import { linear, type Oklab, oklabOf, type Rgb, rgbOf } from './oklab.js';

/** From which on text is readable (WCAG 2.2, success criterion 1.4.3, level AA). */
export const READABLE = 4.5;

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** Steps in which a lightness is looked for: 2^-10 is finer than a screen's. */
const STEPS = 10;

/** Contrast of two colours, from 1 (none) to 21 (black on white), as WCAG 2.2 defines it by relative luminance. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Black or white, whichever is easier to read; one of them always is readable. */
export function extremeOn(background: Rgb): Rgb {
  return contrast(background, BLACK) >= contrast(background, WHITE) ? BLACK : WHITE;
}

/** A colour, made as much lighter or darker as it takes to be readable, and no more. */
export function readableOn(background: Rgb, color: Rgb): Rgb {
  if (contrast(background, color) >= READABLE) return color;
  const extreme = extremeOn(background);
  const [from, to] = [oklabOf(color), oklabOf(extreme)];
  let nearest = extreme;
  for (let step = 1, share = 0.5; step <= STEPS; step += 1) {
    const tried = rgbOf(between(from, to, share));
    const isReadable = contrast(background, tried) >= READABLE;
    if (isReadable) nearest = tried;
    share += (isReadable ? -1 : 1) * 0.5 ** (step + 1);
  }
  return nearest;
}

/** Towards black or white a colour loses its hue with its lightness, and stays within what a screen has. */
function between(from: Oklab, to: Oklab, share: number): Oklab {
  const mixed = (axis: 0 | 1 | 2) => from[axis] + (to[axis] - from[axis]) * share;
  return [mixed(0), mixed(1), mixed(2)];
}

/** Relative luminance, 0 to 1. */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

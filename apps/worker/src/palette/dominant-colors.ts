import { type Oklab, oklabOf, type Rgb, rgbOf, squaredDistance } from './oklab.js';

/** A picture's pixels, four bytes each: red, green, blue and opacity. */
export type Pixels = Uint8Array;

/** Pixels that are less opaque than this (0 to 255) show what is behind the picture. */
const MIN_OPACITY = 128;

/** Rounds of k-means: after so many hardly a pixel changes sides. */
const ROUNDS = 10;

/** Colours that are nearer than this in OKLab are one to the eye, and those of a smaller share than this are noise. */
const MERGED_WITHIN = 0.05;
const MIN_SHARE = 0.005;

/** Share of a group's pixels from which on their most frequent colour stands for it, rather than their mean: flat drawings keep their exact colours. */
const MODAL_SHARE = 0.5;

interface Pixel {
  readonly rgb: Rgb;
  readonly lab: Oklab;
}

/** Pixels that one colour stands for; never none. */
interface Group {
  readonly pixels: readonly Pixel[];
  readonly mean: Oklab;
}

/**
 * The colours that most of a picture is made of, the largest first: none for a picture that can't be seen. The same pixels give the same colours.
 *
 * Groups are cut where they vary most, at their mean (after Heckbert's median cut, 1982, and Wu's variance-based one, 1991), then settled by k-means (Lloyd 1982),
 * both in OKLab.
 */
export function dominantColors(pixels: Pixels, most: number): readonly Rgb[] {
  const seen = visiblePixels(pixels);
  if (seen.length === 0) return [];
  const groups = merged(settled(seen, cut(seen, most)));
  return groups
    .filter((group, index) => index === 0 || group.pixels.length >= seen.length * MIN_SHARE)
    .map(representative);
}

function visiblePixels(bytes: Pixels): readonly Pixel[] {
  const known = new Map<number, Pixel>(); // what is flat is converted once
  const pixels: Pixel[] = [];
  for (let at = 0; at + 3 < bytes.length; at += 4) {
    const [red = 0, green = 0, blue = 0, opacity = 0] = bytes.subarray(at, at + 4);
    if (opacity < MIN_OPACITY) continue;
    const name = (red << 16) | (green << 8) | blue;
    let pixel = known.get(name);
    if (pixel === undefined) {
      const rgb = [red, green, blue] as const;
      pixel = { rgb, lab: oklabOf(rgb) };
      known.set(name, pixel);
    }
    pixels.push(pixel);
  }
  return pixels;
}

function cut(pixels: readonly Pixel[], most: number): readonly Group[] {
  let groups = [groupOf(pixels)];
  while (groups.length < most) {
    const [widest] = groups.map((group) => ({ group, ...widestAxis(group) })).sort(byVariation);
    if (widest === undefined || widest.variation < 1e-6) break;
    const { group, axis } = widest;
    const isBelow = ({ lab }: Pixel) => lab[axis] < group.mean[axis];
    const [below, above] = [group.pixels.filter(isBelow), group.pixels.filter((one) => !isBelow(one))];
    if (below.length === 0 || above.length === 0) break; // rounding
    groups = [...groups.filter((other) => other !== group), groupOf(below), groupOf(above)];
  }
  return groups;
}

const AXES = [0, 1, 2] as const;

/** The axis on which a group varies most, and how much, over all of its pixels. */
function widestAxis({ pixels, mean }: Group): { axis: 0 | 1 | 2; variation: number } {
  const variations = AXES.map((axis) => ({
    axis,
    variation: pixels.reduce((sum, { lab }) => sum + (lab[axis] - mean[axis]) ** 2, 0),
  }));
  return variations.sort(byVariation)[0]!;
}

function byVariation(one: { readonly variation: number }, other: { readonly variation: number }): number {
  return other.variation - one.variation;
}

/** Every pixel goes to the nearest mean, and the means follow. */
function settled(pixels: readonly Pixel[], start: readonly Group[]): readonly Group[] {
  let groups = start;
  for (let round = 0; round < ROUNDS; round += 1) {
    const sides = groups.map(() => [] as Pixel[]);
    for (const pixel of pixels) sides[nearest(groups, pixel.lab)]!.push(pixel);
    groups = sides.filter((side) => side.length > 0).map(groupOf);
  }
  return groups;
}

function nearest(groups: readonly Group[], lab: Oklab): number {
  let best = 0;
  let distance = Infinity;
  groups.forEach(({ mean }, index) => {
    const other = squaredDistance(mean, lab);
    if (other < distance) [best, distance] = [index, other];
  });
  return best;
}

/** The largest first; smaller ones go to a larger one that looks the same. */
function merged(groups: readonly Group[]): readonly Group[] {
  const kept: Group[] = [];
  for (const group of [...groups].sort(bySize)) {
    const twin = kept.findIndex(({ mean }) => squaredDistance(mean, group.mean) < MERGED_WITHIN ** 2);
    if (twin === -1) kept.push(group);
    else kept[twin] = groupOf([...kept[twin]!.pixels, ...group.pixels]);
  }
  return kept.sort(bySize);
}

function bySize(one: Group, other: Group): number {
  return other.pixels.length - one.pixels.length;
}

function representative({ pixels, mean }: Group): Rgb {
  const counts = new Map<Pixel, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const [mode] = [...counts].sort(([, one], [, other]) => other - one);
  return mode !== undefined && mode[1] >= pixels.length * MODAL_SHARE ? mode[0].rgb : rgbOf(mean);
}

function groupOf(pixels: readonly Pixel[]): Group {
  const sum = [0, 0, 0];
  for (const { lab } of pixels) for (const axis of AXES) sum[axis]! += lab[axis];
  const mean = (axis: 0 | 1 | 2) => sum[axis]! / pixels.length;
  return { pixels, mean: [mean(0), mean(1), mean(2)] };
}

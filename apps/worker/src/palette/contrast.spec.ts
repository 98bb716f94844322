import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { contrast, extremeOn, READABLE, readableOn } from './contrast.js';
import { oklabOf, type Rgb, rgbOf } from './oklab.js';

const channel = fc.nat(255);
const color = fc.tuple(channel, channel, channel) as fc.Arbitrary<Rgb>;

describe('contrast', () => {
  // Ratios as WCAG's own examples and tools have them.
  test.each<[Rgb, Rgb, number]>([
    [[0, 0, 0], [255, 255, 255], 21],
    [[119, 119, 119], [255, 255, 255], 4.48],
    [[255, 0, 0], [255, 255, 255], 4],
    [[0, 0, 255], [255, 255, 255], 8.59],
    [[10, 20, 30], [10, 20, 30], 1],
  ])('of %j and %j is %d', (one, other, expected) => {
    expect(contrast(one, other)).toBeCloseTo(expected, 1);
    expect(contrast(other, one)).toBe(contrast(one, other));
  });

  test('with any colour is enough for black or for white, and for any that was made readable', () => {
    fc.assert(
      fc.property(color, color, (background, text) => {
        expect(contrast(background, extremeOn(background))).toBeGreaterThanOrEqual(READABLE);
        const adjusted = readableOn(background, text);
        expect(contrast(background, adjusted)).toBeGreaterThanOrEqual(READABLE);
        const isReadable = contrast(background, text) >= READABLE;
        expect(adjusted).toEqual(isReadable ? text : adjusted);
      }),
    );
  });

  test('is got by as little change as it takes', () => {
    const adjusted = readableOn([255, 255, 255], [255, 80, 80]);
    expect(contrast([255, 255, 255], adjusted)).toBeLessThan(4.7);
    expect(adjusted[0]).toBeGreaterThan(2 * adjusted[1]); // it is still red
  });
});

test('a colour comes back from OKLab as it went', () => {
  fc.assert(fc.property(color, (rgb) => expect(rgbOf(oklabOf(rgb))).toEqual(rgb)));
  expect(oklabOf([255, 255, 255])[0]).toBeCloseTo(1, 3);
  expect(oklabOf([0, 0, 0])).toEqual([0, 0, 0]);
});

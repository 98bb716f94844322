import { describe, expect, test } from '@jest/globals';
import { pictureColors } from './picture-colors.js';

/** Pixels of these colours, so many of each. */
function pixels(...areas: readonly (readonly [hex: string, count: number])[]): Uint8Array {
  return Buffer.concat(
    areas.map(([hex, count]) => Buffer.alloc(4 * count, Buffer.from(hex.slice(1).padEnd(8, 'F'), 'hex'))),
  );
}

describe('the colours of a picture', () => {
  test('are those of a flat drawing exactly, the largest area first', () => {
    expect(pictureColors(pixels(['#1DA1F2', 900], ['#FFFFFF', 2_000], ['#14171A', 300]))).toEqual({
      palette: ['#FFFFFF', '#1DA1F2', '#14171A'],
      background: '#FFFFFF',
      color: '#14171A',
      alternative: '#147CBD', // the blue, dark enough to be read
    });
  });

  test('are exact although edges are blurred', () => {
    const edges = Array.from({ length: 40 }, (_, step) => {
      const grey = (40 + step * 5).toString(16).padStart(2, '0');
      return [`#FF${grey}${grey}`, 1] as const;
    });
    expect(pictureColors(pixels(['#FF0000', 500], ['#FFFFFF', 300], ...edges))?.palette.slice(0, 2)).toEqual([
      '#FF0000',
      '#FFFFFF',
    ]);
  });

  test('of one that has one are black or white upon it', () => {
    const on = (hex: string) => pictureColors(pixels([hex, 10]));
    expect(on('#FFD700')).toEqual({
      palette: ['#FFD700'],
      background: '#FFD700',
      color: '#000000',
      alternative: '#000000',
    });
    expect(on('#102030')).toMatchObject({ color: '#FFFFFF', alternative: '#FFFFFF' });
  });

  test('that cannot be read upon the dominant one are changed until they can', () => {
    const { color, alternative } = pictureColors(pixels(['#808080', 500], ['#906060', 200]))!;
    expect(color).toBe(alternative);
    expect(color).not.toBe('#906060');
  });

  test('are six at the most', () => {
    const many = Array.from({ length: 64 }, (_, index) => {
      const [red, green, blue] = [index & 3, (index >> 2) & 3, index >> 4].map((level) => level * 85);
      return [`#${Buffer.from([red!, green!, blue!]).toString('hex')}`, 20] as const;
    });
    expect(pictureColors(pixels(...many))?.palette).toHaveLength(6);
  });

  test('are those of what can be seen: none of a picture that is transparent, or empty', () => {
    expect(pictureColors(pixels(['#FF00007F', 100], ['#00FF0080', 1]))?.palette).toEqual(['#00FF00']);
    expect(pictureColors(pixels(['#FF000000', 100]))).toBeNull();
    expect(pictureColors(new Uint8Array(0))).toBeNull();
  });
});

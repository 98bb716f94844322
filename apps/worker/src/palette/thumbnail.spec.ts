import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { pictureColors } from './picture-colors.js';
import { thumbnail } from './thumbnail.js';

const drawing = (width = 300, height = 200) =>
  sharp({ create: { width, height, channels: 3, background: '#E1306C' } });

describe('a picture', () => {
  test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)(
    'is decoded from %s, made small',
    async (format) => {
      const pixels = await thumbnail(await drawing().toFormat(format).toBuffer());
      expect(pixels.length).toBe(64 * 43 * 4);
      expect(pictureColors(pixels)?.background).toMatch(/^#E[0-3]3/i);
    },
  );

  test('is decoded whatever its kind of pixels', async () => {
    const [grey, deep, clear] = await Promise.all([
      drawing().greyscale().png().toBuffer(),
      drawing().toColourspace('rgb16').png().toBuffer(),
      drawing().ensureAlpha(0).png().toBuffer(),
    ]);
    expect(pictureColors(await thumbnail(grey))?.palette).toHaveLength(1);
    expect(pictureColors(await thumbnail(deep))?.background).toMatch(/^#E[0-3]/);
    expect(pictureColors(await thumbnail(clear))).toBeNull();
  });

  test('that is small already stays as it is', async () => {
    expect(await thumbnail(await drawing(2, 1).png().toBuffer())).toHaveLength(2 * 4);
  });

  test('that is animated is its first', async () => {
    const frames = [0, 255].map((blue) => ({ r: 255, g: 0, b: blue }));
    const images = await Promise.all(
      frames.map((background) =>
        sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const gif = await sharp(images, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect(pictureColors(await thumbnail(gif))?.palette).toEqual(['#FF0000']);
  });

  test('that is a drawing in words is none', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    await expect(thumbnail(Buffer.from(svg))).rejects.toThrow('unsupported image format');
  });

  test('that would take too much room is none, however few its bytes are', async () => {
    const bomb = await drawing(6_000, 4_000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(200_000);
    await expect(thumbnail(bomb)).rejects.toThrow('pixel limit');
  });
});

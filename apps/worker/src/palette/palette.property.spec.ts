import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import sharp from 'sharp';
import { imageSize } from '../previews/content/image-size.js';
import { measured } from '../pictures/picture-facts.js';
import { pictureColors } from './picture-colors.js';
import { thumbnail } from './thumbnail.js';

/** The bound of each property, in ms: what is found within it is worth having. */
const TIME_BOX = { interruptAfterTimeLimit: 2_000, numRuns: 2_000 };

const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'avif'] as const;
const HEX = /^#[0-9A-F]{6}$/;

/** Real pictures, by their media types. */
const pictures = new Map<string, Buffer>();

beforeAll(async () => {
  const noise = Buffer.from(Array.from({ length: 24 * 16 * 3 }, (_, at) => (at * 7919) % 256));
  for (const format of FORMATS) {
    const picture = sharp(noise, { raw: { width: 24, height: 16, channels: 3 } });
    pictures.set(`image/${format}`, await picture.toFormat(format).toBuffer());
  }
});

/** One of them, cut off somewhere and with some bytes changed. */
const damaged = fc
  .record({
    mediaType: fc.constantFrom(...FORMATS.map((format) => `image/${format}`)),
    length: fc.double({ min: 0, max: 1, noNaN: true }),
    changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 8 }),
  })
  .map(({ mediaType, length, changes }) => {
    const bytes = Buffer.from(pictures.get(mediaType)!);
    for (const [where, value] of changes) bytes[Math.floor(where * (bytes.length - 1))] = value;
    return { mediaType, bytes: bytes.subarray(0, Math.ceil(length * bytes.length)) };
  });

const anything = fc.record({
  mediaType: fc.constantFrom('image/png', 'image/svg+xml', 'image/bmp', 'text/html', ''),
  bytes: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
});

describe('of any bytes', () => {
  test('colours are well-formed, and the same each time', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 4_000 }), (pixels) => {
      const colors = pictureColors(pixels);
      expect(pictureColors(pixels)).toEqual(colors);
      if (colors === null) return;
      const { palette, background, color, alternative } = colors;
      for (const one of [...palette, color, alternative]) expect(one).toMatch(HEX);
      expect(background).toBe(palette[0]);
      expect(palette.length).toBeLessThanOrEqual(6);
      expect(color).not.toBe(background);
    });
    fc.assert(property, TIME_BOX);
  });

  test('a thumbnail is pixels, or none', async () => {
    const property = fc.asyncProperty(fc.oneof(damaged, anything), async ({ bytes }) => {
      const pixels = await thumbnail(bytes).catch(() => new Uint8Array(0));
      expect(pixels.length % 4).toBe(0);
      expect(pixels.length).toBeLessThanOrEqual(64 * 64 * 4);
    });
    await fc.assert(property, TIME_BOX);
  });

  test('facts are numbers that a picture may have, or null', () => {
    const header = fc.option(fc.string({ unit: 'binary', maxLength: 30 }), { nil: undefined });
    const answered = fc.record({
      statusCode: fc.constantFrom(200, 206),
      length: header,
      range: fc.oneof(header, fc.constantFrom('bytes 0-9/99', 'bytes 0-9/-1', `bytes 0-9/${'9'.repeat(40)}`)),
      isCut: fc.boolean(),
    });
    const property = fc.property(fc.oneof(damaged, anything), answered, ({ mediaType, bytes }, answer) => {
      const { statusCode, length, range, isCut } = answer;
      const headers = { 'content-type': mediaType, 'content-length': length, 'content-range': range };
      const url = 'https://example.com/a';
      const facts = measured({ url }, { statusCode, finalUrl: url, headers, bytes, isCut });
      expect(facts.url).toBe(url);
      expect(facts.type ?? 'x').toMatch(/^[\w.+-]{1,80}$/);
      for (const number of [facts.size, facts.width, facts.height])
        expect(number === null || (Number.isSafeInteger(number) && number! >= 0)).toBe(true);
      expect(imageSize(mediaType, bytes)?.width ?? 1).toBeGreaterThan(0);
    });
    fc.assert(property, TIME_BOX);
  });
});

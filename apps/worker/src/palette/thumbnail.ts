import sharp from 'sharp';
import type { Pixels } from './dominant-colors.js';

/** Longest side of what is looked at, in pixels: enough to tell colours by. */
const SIDE = 64;

/** Largest picture that is decoded, in pixels; some formats need all of them in memory at once. */
const MAX_PIXELS = 12_000_000;

/** Longest time that the library works on one picture, in s. It looks at the clock now and then; who waits has a deadline of his own. */
const TIMEOUT_S = 2;

/** Formats of pictures on pages. No drawings: they can be programs, and name files. */
const DECODERS = ['JpegBuffer', 'PngBuffer', 'WebpBuffer', 'NsgifBuffer', 'HeifBuffer'];

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: DECODERS.map((name) => `VipsForeignLoad${name}`) });
sharp.cache(false);
sharp.concurrency(1);

/**
 * The pixels of a picture (of an animated one the first), made small. It is C that reads what strangers send: only a process that has nothing to lose may call it.
 *
 * @throws for whatever isn't a whole picture in one of the formats, and for one that is too large or takes too long
 */
export async function thumbnail(bytes: Uint8Array): Promise<Pixels> {
  const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 });
  return (
    picture
      .timeout({ seconds: TIMEOUT_S })
      // Pixels as they are: a blend of two is a colour that the picture hasn't.
      .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true, kernel: 'nearest' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer()
  );
}

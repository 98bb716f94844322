/** In pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

type Size = readonly [width: number, height: number];

/** The size of a picture, read from the header in its first bytes; undefined where they don't tell. */
export function imageSize(mediaType: string, bytes: Buffer): ImageSize | undefined {
  const [width, height] = READERS[mediaType]?.(padded(bytes)) ?? [0, 0];
  return isPlausible(width) && isPlausible(height) ? { width, height } : undefined;
}

const READERS: Readonly<Record<string, (bytes: Buffer) => Size | undefined>> = {
  'image/png': (bytes) => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
  'image/gif': (bytes) => [bytes.readUInt16LE(6), bytes.readUInt16LE(8)],
  'image/bmp': (bytes) => [bytes.readInt32LE(18), Math.abs(bytes.readInt32LE(22))],
  'image/jpeg': jpegSize,
  'image/webp': webpSize,
  'image/avif': boxedSize,
  'image/heic': boxedSize,
  'image/svg+xml': svgSize,
};

/** Longest run of bytes that a reader looks at from where it is. */
const PADDING = 64;

/** With zeros behind, so that readers of a cut header find a size of zero and not the end. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(PADDING)]);
}

function isPlausible(pixels: number): boolean {
  return Number.isSafeInteger(pixels) && pixels > 0 && pixels <= 1_000_000;
}

/** Segments follow each other, each with its length; those of a frame (SOF) have the size. */
function jpegSize(bytes: Buffer): Size | undefined {
  let at = 2;
  while (at < bytes.length - PADDING && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
    const isFill = marker === 0xff;
    at += isFill ? 1 : 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}

function webpSize(bytes: Buffer): Size | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    case 'VP8X':
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
    default:
      return undefined;
  }
}

/** AVIF and HEIC: the widest of the `ispe` properties, as the others are of thumbnails and tiles. */
function boxedSize(bytes: Buffer): Size | undefined {
  let widest: Size | undefined;
  for (let at = bytes.indexOf('ispe'); at !== -1; at = bytes.indexOf('ispe', at + 4)) {
    const size = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)] as const;
    if (widest === undefined || size[0] > widest[0]) widest = size;
  }
  return widest;
}

/** Width and height in pixels or without a unit; else those of the view box. */
function svgSize(bytes: Buffer): Size | undefined {
  const root = /<svg[\s>][^<>]*/.exec(bytes.toString('latin1', 0, 8_192))?.[0] ?? '';
  const pixels = (name: string) =>
    Math.round(
      Number(new RegExp(`\\s${name}\\s*=\\s*["']\\s*([\\d.]+)(?:px)?\\s*["']`).exec(root)?.[1] ?? 0),
    );
  const box =
    /\sviewBox\s*=\s*["']([^"']*)/
      .exec(root)?.[1]
      ?.trim()
      .split(/[\s,]+/)
      .map(Number) ?? [];
  const own = [pixels('width'), pixels('height')] as const;
  return own[0] > 0 && own[1] > 0 ? own : [Math.round(box[2] ?? 0), Math.round(box[3] ?? 0)];
}

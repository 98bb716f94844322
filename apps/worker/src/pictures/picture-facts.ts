import type { PreviewMedia } from '#libs/preview';
import { mediaTypeOf } from '../fetch/media-type.js';
import { single } from '../fetch/page-response.js';
import type { SmallAnswer } from '../fetch/small-fetcher.js';
import { imageSize } from '../previews/content/image-size.js';
import { formatOf } from '../previews/content-preview.js';

/** A picture, with what its first bytes and its headers tell of it; `null` for what they don't. */
export function measured({ url }: PreviewMedia, answer: SmallAnswer): PreviewMedia {
  const { headers, bytes } = answer;
  const mediaType = mediaTypeOf(single(headers['content-type']), bytes);
  if (!mediaType.startsWith('image/')) return { url, type: null, size: null, width: null, height: null };
  const pixels = imageSize(mediaType, bytes);
  return {
    url,
    type: formatOf(mediaType),
    size: sizeOf(answer),
    width: pixels?.width ?? null,
    height: pixels?.height ?? null,
  };
}

/** In bytes, as a whole: by Content-Range for a part, by Content-Length or by what came for all of it. */
function sizeOf({ statusCode, headers, bytes, isCut }: SmallAnswer): number | null {
  if (statusCode === 206) return number(/\/(\d+)$/.exec(single(headers['content-range']) ?? '')?.[1]);
  if (!isCut) return bytes.length;
  return headers['content-encoding'] === undefined ? number(single(headers['content-length'])) : null;
}

function number(digits: string | undefined): number | null {
  return /^\d{1,15}$/.test(digits ?? '') ? Number(digits) : null;
}

import { createHash } from 'node:crypto';
import type { LinkPreview, PreviewMedia } from '#libs/preview';

/** Tells two states of a page apart as a reader would. Queries of pictures stay out: signed URLs change with every visit. */
export function contentHash(preview: LinkPreview): string {
  const { image, logo, ...texts } = preview;
  const seen = [texts, withoutQuery(image), withoutQuery(logo)];
  return createHash('sha256').update(JSON.stringify(seen)).digest('base64url').slice(0, 22);
}

function withoutQuery(media: PreviewMedia | null): string | null {
  return media === null ? null : (media.url.split(/[?#]/, 1)[0] ?? '');
}

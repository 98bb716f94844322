import { createHash } from 'node:crypto';
import type { LinkPreview, PreviewMedia } from '#libs/preview';

/**
 * Tells two states of a page apart as a reader would. Queries of pictures and recordings stay out: signed URLs change with every visit.
 * So does the provenance: a page that says the same in another place hasn't changed.
 */
export function contentHash({ provenance: _provenance, ...preview }: LinkPreview): string {
  const { image, logo, favicon, video, audio, ...texts } = preview;
  const seen = [texts, ...[image, logo, favicon, video, audio].map(withoutQuery)];
  return createHash('sha256').update(JSON.stringify(seen)).digest('base64url').slice(0, 22);
}

function withoutQuery(media: PreviewMedia | null): string | null {
  return media === null ? null : (media.url.split(/[?#]/, 1)[0] ?? '');
}

import type { CanonicalUrl, PreviewEntry, PreviewKey } from '#libs/preview';
import type { PreviewRow } from './preview.entity.js';

/** An entry from its row. The brands come back by the table's word: whoever wrote the row had them. */
export function toEntry({ host: _host, memory: _memory, key, url, ...columns }: PreviewRow): PreviewEntry {
  return { ...columns, key: key as PreviewKey, url: url as CanonicalUrl };
}

import { type CanonicalUrl, hostOf, type PreviewKey } from '#libs/preview';

/** What a purge can name. */
export type PurgeScope = `key:${string}` | `host:${string}` | `tag:${string}`;

/** All scopes by which a purge can reach an entry. */
export function scopesOf(entry: {
  readonly key: PreviewKey;
  readonly url: CanonicalUrl;
  readonly tags: readonly string[];
}): PurgeScope[] {
  return [`key:${entry.key}`, `host:${hostOf(entry.url)}`, ...entry.tags.map((tag) => `tag:${tag}` as const)];
}

/** The same in SQL, of a row of `preview AS v`. */
export const SCOPES_OF_ROW = `ARRAY['key:' || v.key, 'host:' || v.host] || ARRAY(SELECT 'tag:' || tag FROM unnest(v.tags) tag)`;

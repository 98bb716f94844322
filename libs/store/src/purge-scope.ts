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

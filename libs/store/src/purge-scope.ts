import { type CanonicalUrl, hostOf, type PreviewKey } from '#libs/preview';

type ScopeKind = 'key' | 'host' | 'tag';

/** What a purge can name. */
export type PurgeScope = `${ScopeKind}:${string}`;

/** What can be listed, as there may be any number of it. */
export type ListedScope = Exclude<PurgeScope, `key:${string}`>;

/** The rows of `preview` in a scope whose name is $1. */
export const IN_SCOPE: Readonly<Record<ScopeKind, string>> = {
  key: 'key = $1::uuid',
  host: 'host = $1',
  tag: 'tags @> ARRAY[$1]',
};

export function partsOf(scope: PurgeScope): [ScopeKind, string] {
  const colon = scope.indexOf(':');
  return [scope.slice(0, colon) as ScopeKind, scope.slice(colon + 1)];
}

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

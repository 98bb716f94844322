import { canonicalUrl, hostOf, previewKey } from '#libs/preview';
import type { ListedScope, PurgeScope } from '#libs/store';

/** What can be named by something that its previews have in common. */
export type ListedTarget = { readonly host: string } | { readonly tag: string };

/** What can be named at all: exactly one of these. */
export type NamedTarget = { readonly url: string } | ListedTarget;

/** @throws {InvalidUrl} */
export function scopeOf(target: NamedTarget): PurgeScope {
  return 'url' in target ? `key:${previewKey(canonicalUrl(target.url))}` : listedScopeOf(target);
}

/** @throws {InvalidUrl} */
export function listedScopeOf(target: ListedTarget): ListedScope {
  return 'tag' in target ? `tag:${target.tag}` : `host:${hostOf(canonicalUrl(`https://${target.host}/`))}`;
}

import { meta, type Rule } from '../rule.js';

export const langRules: readonly Rule[] = [
  ({ htmlLang }) => [htmlLang],
  meta('og:locale', 'content-language', 'language', 'dc.language', 'inlanguage'),
];

/** A language tag such as `en` or `pt-br`: the primary subtag alone, which is what cards show. */
export function languageTag(candidate: string): string | null {
  return /^([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*$/i.exec(candidate.trim())?.[1]?.toLowerCase() ?? null;
}

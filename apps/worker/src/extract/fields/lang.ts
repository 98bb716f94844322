import { type Field, jsonLdPageTexts, metas, rule } from '../rule.js';

export const lang: Field<string> = {
  rules: [
    rule('html:lang', ({ htmlLang }) => [htmlLang]),
    ...metas('og:locale', 'content-language', 'language', 'dc.language', 'inlanguage'),
    ...jsonLdPageTexts('inLanguage'),
  ],
  accept: languageTag,
};

/** A language tag such as `en` or `pt-br`: the primary subtag alone, which is what cards show. */
function languageTag(candidate: string): string | null {
  return /^([a-z]{2,3})(?:[-_][a-z0-9]{1,8}){0,4}$/i.exec(candidate.trim())?.[1]?.toLowerCase() ?? null;
}

import { nameText } from '../accept.js';
import { type Field, rule } from '../rule.js';

/** Most keywords of a page that are kept. */
const MAX_KEYWORDS = 20;

export const keywords: Field<readonly string[]> = {
  rules: [
    ...['keywords', 'news_keywords', 'parsely-tags', 'sailthru.tags'].map((name) =>
      rule(name, ({ metas }) => metas.get(name) ?? []),
    ),
    ...['article:tag', 'og:video:tag', 'citation_keywords'].map((name) =>
      rule(name, ({ metas }) => [metas.get(name)?.join(',')]),
    ),
    rule('json-ld:keywords', ({ jsonLd }) =>
      jsonLd.pages().map((node) => jsonLd.texts(node['keywords']).join(',')),
    ),
  ],
  accept(candidate) {
    const words = candidate.split(/[,;\n]/).map((word) => nameText(word));
    const distinct = [...new Set(words.filter((word) => word !== null))].slice(0, MAX_KEYWORDS);
    return distinct.length === 0 ? null : distinct;
  },
};

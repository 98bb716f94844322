import { prose } from '../accept.js';
import type { PageFacts } from '../page-facts.js';
import { type Field, jsonLdPageTexts, metas, rule, shown } from '../rule.js';

export const title: Field<string> = {
  rules: [
    rule('json-ld:name', namesOfWorks),
    ...metas('og:title', 'twitter:title'),
    ...jsonLdPageTexts('headline'),
    rule('title', (facts) => [facts.title]),
    ...jsonLdPageTexts('name'),
    ...metas('headline', 'dc.title', 'title'),
    ...shown('item:headline', 'entry-title', 'h1-title', 'h1'),
  ],
  accept: prose,
};

/** A film's or a book's name, where the title for networks is that name with year, stars and kind behind it. */
function namesOfWorks({ jsonLd, metas }: PageFacts): string[] {
  const [decorated = ''] = metas.get('og:title') ?? [];
  return jsonLd
    .ofType(/^(Movie|TVSeries|TVEpisode|Book|VideoGame)$/)
    .flatMap((node) => jsonLd.texts(node['name']))
    .filter((name) => name !== '' && decorated.startsWith(name));
}

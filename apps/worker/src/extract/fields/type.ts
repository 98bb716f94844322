import { isOfType } from '../json-ld.js';
import { type Field, metas, rule } from '../rule.js';

/** OpenGraph's word for what schema.org calls a page. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/(Article|Posting|Report)$/, 'article'],
  [/(Movie)$/, 'video.movie'],
  [/(VideoObject)$/, 'video.other'],
  [/(MusicRecording)$/, 'music.song'],
  [/(Book)$/, 'book'],
  [/(Product)$/, 'product'],
  [/(ProfilePage)$/, 'profile'],
  [/(WebSite|WebPage)$/, 'website'],
];

export const type: Field<string> = {
  rules: [
    ...metas('og:type'),
    rule('json-ld:@type', ({ jsonLd }) =>
      jsonLd.about().map((node) => WORDS.find(([types]) => isOfType(node, types))?.[1]),
    ),
  ],
  accept: (candidate) => /^[a-z0-9_.:-]{1,50}$/.exec(candidate.trim().toLowerCase())?.[0] ?? null,
};

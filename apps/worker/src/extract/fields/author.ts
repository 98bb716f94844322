import { nameText } from '../accept.js';
import { isoDate } from '../dates.js';
import type { PageFacts } from '../page-facts.js';
import { type Field, jsonLdTexts, metas, type Rule, rule, shown } from '../rule.js';
import { typographic } from '../typographic.js';
import { publisher } from './publisher.js';

/** Longest name of an author, in UTF-16 code units: what is longer is a sentence. */
const MAX_AUTHOR = 100;

export const author: Field<string> = {
  rules: [
    ...jsonLdTexts('author', 'creator', 'byArtist'),
    ...metas(
      'author',
      'article:author',
      'og:article:author',
      'dc.creator',
      'citation_author',
      'sailthru.author',
      'parsely-author',
      'byl',
      'author.name',
    ),
    ...shown('item:author.name', 'item:author', 'item:creator', 'rel=author'),
    ...ofSeveralWords('author-link'),
    ...shown('screen-name'),
    rule('og:title@', ({ metas }) => namesBeforeHandles(metas.get('og:title') ?? [])),
    rule('og:title-on-site', peopleOnSites),
    ...ofSeveralWords('author'),
    ...ofSeveralWords('byline-link', 'byline'),
    ...metas('twitter:creator'),
  ],
  accept: authorName,
};

/** "Ada Byron (@ada) on …": how networks of people write the title of a profile. */
function namesBeforeHandles(titles: readonly string[]) {
  return titles.map((title) => /^([^(]{1,100})\s\(@[^)\s]{1,60}\)/.exec(title)?.[1]);
}

/** "Ada Byron on Kettle: …", where Kettle is the site: how they write that of a post. */
function peopleOnSites(facts: PageFacts) {
  const [title = ''] = facts.metas.get('og:title') ?? [];
  return (facts.metas.get('og:site_name') ?? []).map((said) => {
    const site = publisher.accept(said, facts) ?? said;
    const at = title.indexOf(` on ${site}`);
    const next = title.charAt(at + ` on ${site}`.length);
    return at > 0 && (next === '' || next === ':') ? title.slice(0, at) : undefined;
  });
}

/** A person's name, without the "by" in front of it and the date behind; not an address, not a sentence. */
export function authorName(candidate: string): string | null {
  const line = candidate
    .split('\n')
    .map(
      (one) =>
        nameText(one)
          ?.replace(LEAD, '')
          .replace(MAIL_ADDRESS, '')
          .replace(/[\s,|·•–—-]+$/, '') ?? '',
    )
    .find((one) => one !== '');
  if (line === undefined || line.length > MAX_AUTHOR) return null;
  return isAddress(line) || isoDate(line) !== null ? null : typographic(line);
}

const LEAD =
  /^(?:(?:written|posted|reported|story|words)\s+)?by(?:\s*:\s*|\s+|$)|^(?:author|von|par|por)\s*:\s*|^@\s*/i;

/** "Ada Byron <ada@site.example>", whose brackets are none of HTML by now. */
const MAIL_ADDRESS = /\s?‹[^‹›\s]{1,100}@[^‹›\s]{1,100}›$/;

function isAddress(name: string): boolean {
  return /^(https?:)?\/\/|^www\.|\S@\S/i.test(name);
}

/** As `shown`; of what merely is styled as an author only what looks like a name: two words at the least. */
function ofSeveralWords(...signs: readonly string[]): Rule[] {
  return shown(...signs).map(({ name, candidates }) =>
    rule(name, (facts) => candidates(facts).filter((text) => /\S\s+\S/.test(authorName(text ?? '') ?? ''))),
  );
}

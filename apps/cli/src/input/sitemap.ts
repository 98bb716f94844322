import { Parser } from 'htmlparser2';
import { UnreadableInput } from './lines.js';

/** Elements within each other: a sitemap has four. */
const DEEPEST = 64;

/** Characters of one location: a URL has no more than 2,048 there. */
const LONGEST_LOCATION = 8_192;

/** A line of a sitemap, or of an index of sitemaps (https://www.sitemaps.org/protocol.html). */
export interface SitemapEntry {
  readonly kind: 'page' | 'sitemap';
  readonly url: string;
}

const KINDS: ReadonlyMap<string | undefined, SitemapEntry['kind']> = new Map([
  ['url', 'page'],
  ['sitemap', 'sitemap'],
]);

/**
 * What a sitemap names, as it arrives: nothing of it is held. Elements are known by their local names, as some writers give all of them a prefix; a `loc` of
 * a picture stands deeper, and is none.
 *
 * @throws {UnreadableInput}
 */
export async function* sitemapEntries(pieces: AsyncIterable<string>): AsyncGenerator<SitemapEntry> {
  const path: string[] = [];
  let found: SitemapEntry[] = [];
  let location: string | undefined;
  const parser = new Parser(
    {
      onopentag(name) {
        path.push(localName(name));
        if (path.length > DEEPEST)
          throw new UnreadableInput('This is no sitemap: its elements are too deep.');
        if (path.length === 3 && path[2] === 'loc') location = '';
      },
      ontext(text) {
        if (location !== undefined && location.length < LONGEST_LOCATION) location += text;
      },
      onclosetag() {
        const kind = KINDS.get(path.at(-2));
        const url = path.length === 3 ? location?.trim() : undefined;
        if (path.length <= 3) location = undefined;
        if (url && kind !== undefined) found.push({ kind, url });
        path.pop();
      },
    },
    { xmlMode: true },
  );
  for await (const piece of pieces) {
    parser.write(piece);
    yield* found;
    found = [];
  }
  parser.end();
  yield* found;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase();
}

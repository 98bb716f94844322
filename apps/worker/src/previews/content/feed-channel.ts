import { Parser } from 'htmlparser2';
import type { PreviewMedia } from '#libs/preview';
import { absoluteUrl, text } from '../../extract/accept.js';
import { isoDate } from '../../extract/dates.js';

/** What a feed says of itself, and not of its entries. */
export interface FeedChannel {
  readonly title: string | null;
  readonly description: string | null;
  readonly lang: string | null;
  readonly author: string | null;
  readonly date: string | null;
  readonly image: PreviewMedia | null;
}

const ENTRIES = new Set(['item', 'items', 'entry']);
const ROOTS = new Set(['rss', 'feed', 'rdf:RDF']);

/** Most of one element's text that is kept, in UTF-16 code units. */
const MAX_TEXT = 4_000;
/** Elements within elements; feeds are flat, and what isn't costs the parser the square of its depth. */
const MAX_DEPTH = 32;

/** Reads RSS (0.9 to 2.0) and Atom, as far as they are there; undefined for XML that is neither. */
export function feedChannel(xml: string, url: string): FeedChannel | undefined {
  const values = channelValues(xml);
  if (values === undefined) return undefined;
  const first = (...paths: string[]) => paths.map((path) => values.get(path)).find((value) => value) ?? '';
  const picture = first('image/url', 'logo', 'itunes:image@href', 'icon');
  const imageUrl = absoluteUrl(picture, { baseUrl: url });
  return {
    title: text(first('title')),
    description: text(first('description', 'subtitle', 'itunes:summary').replace(/<[^<>]*>/g, ' ')),
    lang:
      /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i
        .exec(first('language', 'dc:language', '@xml:lang').trim())?.[0]
        .toLowerCase() ?? null,
    author: text(first('author/name', 'itunes:author', 'dc:creator')),
    date: isoDate(first('lastBuildDate', 'updated', 'pubDate', 'dc:date')),
    image: imageUrl === null ? null : { url: imageUrl },
  };
}

/** Texts and `@attributes` by their path below the channel; the first of each, and none of the entries'. */
function channelValues(xml: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  const path: string[] = [];
  let isFeed = false;
  let words = '';
  const keep = (key: string, value: string) => {
    const isEntry = path.some((name) => ENTRIES.has(name));
    if (!isEntry && !values.has(key)) values.set(key, value);
  };
  const below = () => path.slice(path[1] === 'channel' ? 2 : 1).join('/');
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (path.length === 0) isFeed = ROOTS.has(name);
        path.push(name);
        if (!isFeed || path.length > MAX_DEPTH) return parser.pause();
        words = '';
        for (const [attribute, value] of Object.entries(attributes)) keep(`${below()}@${attribute}`, value);
      },
      ontext(piece) {
        if (words.length < MAX_TEXT) words += piece;
      },
      onclosetag() {
        keep(below(), words);
        path.pop();
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.write(xml);
  return isFeed ? values : undefined;
}

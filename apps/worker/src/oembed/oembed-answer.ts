import { Parser } from 'htmlparser2';
import type { Embed, EmbedScript, OEmbed } from '#libs/preview';
import { absoluteUrl, prose } from '../extract/accept.js';
import { authorName } from '../extract/fields/author.js';
import { publisherName } from '../extract/fields/publisher.js';

/** Longest HTML that is kept, in UTF-16 code units, and most scripts that it may ask for. */
const MAX_HTML = 20 * 1024;
const MAX_SCRIPTS = 10;

/** Largest side that is believed, in pixels. */
const MAX_SIDE = 10_000;

/** What a script would be relative to: the page that shows it, which nobody knows. */
const NOWHERE = 'https://nowhere.invalid/';

/** No database takes them, and no HTML needs them. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

type Answer = Readonly<Record<string, unknown>>;

/**
 * What a provider's answer says (oembed.com, section 2.3), each part by the rules of the field that it may fill.
 *
 * @param url where it was found: what relative URLs in it are relative to
 * @returns null for what is no such answer
 */
export function oembedOf(json: string, url: string): OEmbed | null {
  const answer = parsed(json);
  if (answer === undefined || typeof answer['type'] !== 'string') return null;
  const said = <T>(name: string, accept: (text: string) => T | null) => {
    const value = answer[name];
    return typeof value === 'string' ? accept(value) : null;
  };
  return {
    title: said('title', prose),
    author: said('author_name', authorName),
    publisher: said('provider_name', publisherName),
    imageUrl: said('thumbnail_url', (text) => absoluteUrl(text, { baseUrl: url })),
    embed: /^(rich|video)$/.test(answer['type']) ? said('html', (html) => embedOf(html, answer)) : null,
  };
}

function parsed(json: string): Answer | undefined {
  try {
    const root: unknown = JSON.parse(json);
    return typeof root === 'object' && root !== null ? (root as Answer) : undefined;
  } catch {
    return undefined;
  }
}

function embedOf(html: string, { width, height }: Answer): Embed | null {
  if (!html.includes('<') || html.length > MAX_HTML || UNSTORABLE.test(html)) return null;
  return { html, scripts: scriptsIn(html), width: pixels(width), height: pixels(height) };
}

/** Those that any page can load: by https, or by the page's own protocol, for which https does. Whoever puts HTML into a page by script loads them himself. */
function scriptsIn(html: string): EmbedScript[] {
  const scripts: EmbedScript[] = [];
  const parser = new Parser({
    onopentag: (name, { src = '', async, charset }) => {
      const url = name === 'script' ? absoluteUrl(src, { baseUrl: NOWHERE }) : null;
      const isForAny = url?.startsWith('https:') === true && !url.startsWith(NOWHERE);
      if (isForAny && scripts.length < MAX_SCRIPTS)
        scripts.push({ async: async !== undefined, src: url, charset: charset ?? null });
    },
  });
  parser.end(html);
  return scripts;
}

/** A number, or a text that is one; percentages and nonsense are none. */
function pixels(value: unknown): number | null {
  const number =
    typeof value === 'string' && /^\d{1,5}(px)?$/.test(value) ? Number.parseInt(value, 10) : value;
  const isSide = typeof number === 'number' && number >= 1 && number <= MAX_SIDE;
  return isSide ? Math.round(number) : null;
}

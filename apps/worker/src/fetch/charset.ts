import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { analyse } from 'chardet';

/** What is known of a page's language before it is read. */
export interface CharsetHints {
  readonly contentType?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * What the page says of itself, strongest word first: a byte order mark, the header, zero bytes where UTF-16 has them, an XML declaration, a
 * `meta` element. Labels that no browser knows don't count.
 *
 * @param start as much of the page as there is
 */
export function declaredCharset(start: Buffer, contentType: string | undefined): string | undefined {
  // One after the other: the page is looked through for a `meta` element only where nothing before it said what it is.
  for (const rule of [bomCharset, () => headerCharset(contentType), utf16ByZeros, xmlCharset, metaCharset]) {
    const label = rule(start);
    if (label !== undefined && isKnown(label)) return label;
  }
  return undefined;
}

/** For a page that says nothing: UTF-8 if that is what it is, else what its bytes look like, in the light of its language. */
export function detectedCharset(start: Buffer, hints: CharsetHints): string {
  if (isUtf8(start)) return start.includes('\x1b$', 'latin1') ? 'iso-2022-jp' : 'utf-8';
  const matches = analyse(sample(start)).filter(({ name, confidence }) => confidence > 0 && isKnown(name));
  const expected = expectedCharsets(start, hints);
  const certain = matches[0]?.confidence === 100 ? matches[0] : undefined;
  const match = certain ?? matches.find(({ name }) => expected.includes(name.toLowerCase())) ?? matches[0];
  return match?.name ?? expected[0] ?? 'windows-1252';
}

/** The decoder of a charset, by any of its labels. */
export function decoderFor(label: string): Pick<TextDecoder, 'decode'> {
  if (isIso16(label)) return new Iso16Decoder();
  const decoder = new TextDecoder(label);
  return decoder.encoding === 'utf-8' ? new Utf8Decoder() : decoder;
}

function isKnown(label: string): boolean {
  try {
    decoderFor(label);
    return true;
  } catch {
    return false;
  }
}

function bomCharset(start: Buffer): string | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  return undefined;
}

function headerCharset(contentType: string | undefined): string | undefined {
  return /charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType ?? '')?.[1];
}

/** Markup begins in ASCII; every other byte of it is zero in UTF-16. */
function utf16ByZeros(start: Buffer): string | undefined {
  const [a, b, c, d] = start;
  if (a && b === 0 && c && d === 0) return 'utf-16le';
  if (a === 0 && b && c === 0 && d) return 'utf-16be';
  return undefined;
}

function xmlCharset(start: Buffer): string | undefined {
  const declaration = /^\s*<\?xml\s[^>]{0,200}/.exec(start.toString('latin1', 0, 256))?.[0];
  return asRead(/\sencoding\s*=\s*["']([^"']+)/i.exec(declaration ?? '')?.[1]);
}

/** The `meta` elements outside of comments, as far as the page is there. */
function metaCharset(start: Buffer): string | undefined {
  const markup = withoutComments(start.toString('latin1'));
  for (const [element] of markup.matchAll(/<meta[\s/][^<>]{0,400}/gi)) {
    const label = asRead(attribute(element, 'charset') ?? contentCharset(element));
    if (label !== undefined && isKnown(label)) return label;
  }
  return undefined;
}

function contentCharset(meta: string): string | undefined {
  if (!/^content-type$/i.test(attribute(meta, 'http-equiv') ?? '')) return undefined;
  return headerCharset(attribute(meta, 'content'));
}

/** Read in turn, so that a name within another one's value isn't taken for one. */
function attribute(element: string, name: string): string | undefined {
  for (const [, key, double, single, bare] of element.matchAll(ATTRIBUTE)) {
    if (key?.toLowerCase() === name) return (double ?? single ?? bare)?.trim();
  }
  return undefined;
}

const ATTRIBUTE = /([^\s"'=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g;

/** A page that could be read this far is no UTF-16, whatever it says of itself (HTML standard, prescan). */
function asRead(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  if (/^(utf-?16|unicode|ucs-2|iso-10646-ucs-2|csunicode)/i.test(label)) return 'utf-8';
  return /^x-user-defined$/i.test(label) ? 'windows-1252' : label;
}

function withoutComments(markup: string): string {
  let rest = markup;
  let kept = '';
  for (;;) {
    const open = rest.indexOf('<!--');
    const close = open === -1 ? -1 : rest.indexOf('-->', open + 2);
    if (close === -1) return kept + rest; // one that isn't closed hides nothing
    kept += rest.slice(0, open);
    rest = rest.slice(close + 3);
  }
}

/** A stray byte, or the cut at the end, doesn't make a page of UTF-8 something else. */
function isUtf8(start: Buffer): boolean {
  const text = start.toString('utf8');
  const strange = text.match(/[\u0080-\uffff]/g)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return broken * 10 <= strange || (broken === 1 && text.endsWith('\ufffd'));
}

/** Most text that statistics look at, in bytes; more of it says no more. */
const SAMPLE_BYTES = 8 * 1024;

/** The text between the tags, where it isn't ASCII alone: markup looks like English to every statistic. */
function sample(start: Buffer): Buffer {
  const whole = start.toString('latin1');
  const texts = whole.split(/<[^<>]*>?/).filter((text) => /[\u0080-\u00ff]/.test(text));
  return Buffer.from((texts.join('\n') || whole).slice(0, SAMPLE_BYTES), 'latin1');
}

/** What pages of a language were written in before UTF-8, the usual one first. */
const LEGACY: Readonly<Record<string, readonly string[]>> = {
  ru: ['windows-1251', 'koi8-r', 'iso-8859-5'],
  ja: ['shift_jis', 'euc-jp'],
  ko: ['euc-kr'],
  zh: ['gb18030', 'big5'],
  el: ['windows-1253', 'iso-8859-7'],
  tr: ['windows-1254', 'iso-8859-9'],
  he: ['windows-1255', 'iso-8859-8'],
  ar: ['windows-1256', 'iso-8859-6'],
  th: ['windows-874'],
  pl: ['windows-1250', 'iso-8859-2'],
  lt: ['windows-1257'],
  vi: ['windows-1258'],
};

/** Languages, and top-level domains, that share the charsets of another language. */
const SHARING: Readonly<Record<string, string>> = {
  ru: 'uk bg be mk sr .ru .ua .by .bg .kz',
  ja: '.jp',
  ko: '.kr',
  zh: '.cn .tw .hk',
  el: '.gr',
  tr: '.tr',
  he: '.il',
  ar: 'fa ur .sa .eg .ir',
  th: '.th',
  pl: 'cs sk hu sl hr ro .pl .cz .sk .hu .si .hr .ro',
  lt: 'lv et .lt .lv .ee',
  vi: '.vn',
};

const LANGUAGE_OF = new Map(
  Object.entries(SHARING).flatMap(([language, hints]) => [
    [language, language] as const,
    ...hints.split(' ').map((hint) => [hint, language] as const),
  ]),
);

function expectedCharsets(start: Buffer, { contentLanguage, host }: CharsetHints): readonly string[] {
  const root = /<html[\s/][^<>]{0,400}/i.exec(start.toString('latin1', 0, 4096))?.[0] ?? '';
  const language = (attribute(root, 'lang') ?? contentLanguage ?? '').slice(0, 2).toLowerCase();
  const domain = /\.[a-z]+$/.exec(host ?? '')?.[0] ?? '';
  return [language, domain].flatMap((hint) => LEGACY[LANGUAGE_OF.get(hint) ?? ''] ?? []);
}

/** A `TextDecoder` for UTF-8 that needn't look at pieces of ASCII alone, as most are: their characters take a byte of memory instead of two, and a fraction of the time. */
class Utf8Decoder {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private isBegun = false;
  /** Whether the last piece may have ended within a character. */
  private isOpen = false;

  decode(bytes?: Buffer, options?: { readonly stream: boolean }): string {
    const text = this.textOf(bytes, options);
    if (this.isBegun || text === '') return text;
    this.isBegun = true;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  private textOf(bytes?: Buffer, options?: { readonly stream: boolean }): string {
    if (bytes === undefined || bytes.length === 0) return this.decoder.decode(bytes, options);
    if (!this.isOpen && isAscii(bytes)) return bytes.toString('latin1');
    this.isOpen = bytes.at(-1)! > 0x7f;
    return this.decoder.decode(bytes, options);
  }
}

/** The one WHATWG encoding that Node 20 lacks. Its upper half, from 0xA0 on: */
const ISO_16 =
  '\u00a0ĄąŁ€„Š§š©Ș«Ź\u00adźŻ°±ČłŽ”¶·žčș»ŒœŸżÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚßàáâăäćæçèéêëìíîïđńòóôőöśűùúûüęțÿ';

function isIso16(label: string): boolean {
  return /^\s*iso-8859-16\s*$/i.test(label);
}

class Iso16Decoder {
  decode(bytes: Uint8Array = new Uint8Array()): string {
    return Buffer.from(bytes)
      .toString('latin1')
      .replace(/[\xa0-\xff]/g, (letter) => ISO_16[letter.charCodeAt(0) - 0xa0] ?? letter);
  }
}

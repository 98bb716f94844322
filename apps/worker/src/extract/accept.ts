import { parseUrl, type PreviewMedia } from '#libs/preview';
import type { PageFacts } from './page-facts.js';
import { typographic } from './typographic.js';

/** Longest text, name and URL that a field holds, in UTF-16 code units. */
const MAX_TEXT = 1_000;
const MAX_NAME = 200;
const MAX_URL = 4_096;

/** More than any field keeps, before a candidate is looked at closer: what is done to it may cost its length many times. */
const MAX_CANDIDATE = 5_000;

/** Folded white space, no markup, no control characters, whole characters only, not empty, not endless; else null. */
export function text(candidate: string): string | null {
  return cleanText(candidate, MAX_TEXT);
}

/** As `text`, for what people read in a sentence: with typographic quotes, which is what the contract's clients are used to. */
export function prose(candidate: string): string | null {
  const clean = text(candidate);
  return clean === null ? null : typographic(clean);
}

/** As `text`, for a name: a publisher's, an author's. */
export function nameText(candidate: string): string | null {
  return cleanText(candidate, MAX_NAME);
}

function cleanText(candidate: string, maxLength: number): string | null {
  // What isn't seen goes first: without it, what is around it can be a tag.
  const seen = folded(candidate.slice(0, MAX_CANDIDATE).replace(UNSEEN, '$1').replace(LONE_SURROGATES, ''));
  // The cut can go through a character: no database takes half of one.
  const clean = folded(withoutMarkup(seen)).slice(0, maxLength).replace(LONE_SURROGATES, '').trim();
  return NOTHING.test(clean) ? null : clean;
}

function folded(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Soft hyphens, marks of byte order and of width zero, marks and overrides of direction, which turn around what stands beside a text, and tag characters but for those
 * of a flag (England's is 🏴 with `gbeng` in them): the one group, which stays. Joiners stay, too, since scripts and emoji need them.
 */
const UNSEEN =
  /(\u{1f3f4}[\u{e0020}-\u{e007e}]{1,30}\u{e007f})|[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Nothing that anybody sees, a joiner with nothing to join among it. */
const NOTHING = /^[\p{Cf}\s]*$/u;

/** What no reader ever sees of HTML: comments, scripts and styles with all that is in them. Each gives up where the next one begins. */
const COMMENT = /<!--(?:(?!-->|<!--).)*-->/g;
const CODE = /<(script|style)\b[^<>]{0,1000}>[^<]*(?:<(?!\/?\1\b)[^<]*)*<\/\1\s{0,9}>/gi;

/** Formatting within a line, which publishing software escapes by mistake. */
const BREAKING_TAG = /<\/?(?:br|p)(?:\s[^<>]{0,1000})?\/?>/gi;
const FORMATTING_TAG =
  /<\/?(?:a|b|i|em|strong|u|s|span|sup|sub|small|mark|code|font)(?:\s[^<>]{0,1000})?\/?>/gi;

/** The rest of escaped HTML: what is closed somewhere, or has attributes, stands for no word. */
const CLOSING_TAG = /<\/([a-z][\w-]{0,40})\s{0,9}>/gi;
const OPENING_TAG = /<([a-z][\w-]{0,40})(\s[^<>]{0,1000})?>/gi;

/** What else stands in brackets was meant to be read: `<div>`, `List<String>`, an address of mail. */
const BRACKETS = /<([a-z!/?][^<>]{0,1000})>/gi;

/**
 * Tags that were escaped as text: those of formatting go, of others the words stay, in brackets that are none of HTML.
 * Taking one out can make another of what is around it, so the brackets that are left go in the end.
 */
function withoutMarkup(candidate: string): string {
  if (!candidate.includes('<')) return candidate;
  const closed = new Set(Array.from(candidate.matchAll(CLOSING_TAG), ([, name]) => name!.toLowerCase()));
  return candidate
    .replace(COMMENT, ' ')
    .replace(CODE, ' ')
    .replace(BREAKING_TAG, ' ')
    .replace(FORMATTING_TAG, '')
    .replace(CLOSING_TAG, ' ')
    .replace(OPENING_TAG, (tag: string, name: string, rest = '') =>
      rest.includes('=') || closed.has(name.toLowerCase()) ? ' ' : tag,
    )
    .replace(BRACKETS, '‹$1›')
    .replace(/<(?=[a-z!/?])/gi, '‹');
}

/** An absolute http(s) URL, resolved against the page's base; else null. */
export function absoluteUrl(candidate: string, facts: Pick<PageFacts, 'baseUrl'>): string | null {
  const trimmed = candidate.trim();
  if (trimmed === '' || trimmed.length > MAX_URL || trimmed.startsWith('#')) return null;
  const url = parseUrl(trimmed, facts.baseUrl);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  const isOpen = url?.username === '' && url.password === '';
  return isWeb && isOpen && url.href.length <= MAX_URL ? url.href : null;
}

/** As `absoluteUrl`, in the shape of a picture. */
export function media(candidate: string, facts: PageFacts): PreviewMedia | null {
  const url = absoluteUrl(candidate, facts);
  return url === null ? null : { url };
}

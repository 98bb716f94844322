import type { PreviewMedia } from '#libs/preview';
import type { PageFacts } from './page-facts.js';

/** Longest text that a field holds, in UTF-16 code units. */
const MAX_TEXT = 1_000;

/** Folded white space, no control characters, not empty, not endless; else null. */
export function text(candidate: string): string | null {
  const folded = candidate
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return folded === '' ? null : cut(folded);
}

/** An absolute http(s) URL, resolved against the page's base; else null. */
export function absoluteUrl(candidate: string, facts: PageFacts): string | null {
  const trimmed = candidate.trim();
  if (trimmed === '' || !URL.canParse(trimmed, facts.baseUrl)) return null;
  const url = new URL(trimmed, facts.baseUrl);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
}

/** As `absoluteUrl`, in the shape of a picture. */
export function media(candidate: string, facts: PageFacts): PreviewMedia | null {
  const url = absoluteUrl(candidate, facts);
  return url === null ? null : { url };
}

/** A moment as ISO 8601 in UTC; null for what is no date, or lies before the web or far ahead. */
export function isoDate(candidate: string): string | null {
  const trimmed = candidate.trim();
  // A bare number is a year to Date.parse, and more often a count or an id on a page.
  if (!/\d{4}/.test(trimmed) || /^\d+$/.test(trimmed)) return null;
  const ms = Date.parse(trimmed);
  if (Number.isNaN(ms)) return null;
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return year >= 1990 && year < 2100 ? date.toISOString() : null;
}

function cut(value: string): string {
  if (value.length <= MAX_TEXT) return value;
  // Not through the middle of a surrogate pair.
  return value.slice(0, MAX_TEXT).replace(/[\ud800-\udbff]$/, '');
}

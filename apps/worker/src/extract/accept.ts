import { parseUrl, type PreviewMedia } from '#libs/preview';
import type { PageFacts } from './page-facts.js';

/** Longest text and longest URL that a field holds, in UTF-16 code units. */
const MAX_TEXT = 1_000;
const MAX_URL = 4_096;

/** Folded white space, no control characters, whole characters only, not empty, not endless; else null. */
export function text(candidate: string): string | null {
  return cleanText(candidate, MAX_TEXT);
}

/** As `text`, for a name: a publisher's, an author's. */
export function nameText(candidate: string): string | null {
  return cleanText(candidate, 200);
}

function cleanText(candidate: string, maxLength: number): string | null {
  const folded = candidate
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, maxLength)
    .replace(LONE_SURROGATES, ''); // of the page's making, or of the cut's: no database takes them
  return folded === '' ? null : folded;
}

const LONE_SURROGATES = /\p{Surrogate}/gu;

/** An absolute http(s) URL, resolved against the page's base; else null. */
export function absoluteUrl(candidate: string, facts: PageFacts): string | null {
  const trimmed = candidate.trim();
  const url = trimmed === '' ? undefined : parseUrl(trimmed, facts.baseUrl);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isWeb && url.href.length <= MAX_URL ? url.href : null;
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

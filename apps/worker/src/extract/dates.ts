/** Month names in the languages that bylines are written in most, by their first three letters. */
const MONTHS: Readonly<Record<string, number>> = {
  jan: 1, feb: 2, mar: 3, apr: 4, may: 5, jun: 6, jul: 7, aug: 8, sep: 9, oct: 10, nov: 11, dec: 12,
  ene: 1, gen: 1, fev: 2, fév: 2, mär: 3, mrz: 3, abr: 4, avr: 4, mai: 5, mag: 5, maj: 5, mei: 5, maa: 3, mrt: 3,
  giu: 6, lug: 7, ago: 8, aoû: 8, aou: 8, set: 9, sept: 9, okt: 10, ott: 10, out: 10, dez: 12, dic: 12, déc: 12,
}; // prettier-ignore

/** Minutes ahead of UTC of the zones that bylines name by letters. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0, GMT: 0, Z: 0, BST: 60, CET: 60, CEST: 120, EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360,
  PST: -480, PDT: -420, ET: -300, PT: -480, IST: 330, JST: 540, AEST: 600, AEDT: 660, NZST: 720, NZDT: 780,
}; // prettier-ignore

/** How far a zone can be from UTC, in minutes: the Line Islands are. */
const FARTHEST_ZONE = 14 * 60;

/** The year after a dash at the start is one before Christ; in the middle of an address the dash divides words. */
const ISO = /(?<![\d.]|(?:^|\s)[-\u2212])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)/;
const DAY_FIRST =
  /(?<!\d)(\d{1,2})(?:st|nd|rd|th|º|\.)?\s+(?:of\s+|de\s+)?(\p{L}{3,12})\.?,?\s+(?:de\s+|del\s+)?(\d{4})(?!\d)/u;
const MONTH_FIRST = /(?<!\p{L})(\p{L}{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)/u;
const NUMERIC = /(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d|\.\d)/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?=T\d)/;
const TIME =
  /(?<![\d:])(\d{1,2})(?::?(\d{2}))(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap])?\.?m?\.?\s*(Z\b|[+-]\d{2}:?\d{2}|\(?\b[A-Z]{2,4}\b)?/i;

/**
 * A moment as ISO 8601 in UTC, from what machines and bylines write: ISO 8601 in its many spellings, seconds or milliseconds since the
 * epoch, or a date in words within a longer text. What names no zone is taken as UTC. Null for what is no date, or lies before the web or far ahead.
 */
export function isoDate(candidate: string): string | null {
  const text = candidate
    .slice(0, 500)
    .replace(/[\s\u200e\u200f]+/g, ' ')
    .trim();
  if (/^\d+$/.test(text)) return fromEpoch(text);
  // Most texts that are tried have no year in them, and this says so a hundred times faster than the patterns do.
  const day = /(?:19|20)\d\d/.test(text) ? dayIn(text) : null;
  if (day === null) return null;
  const { year, month, date, rest } = day;
  if (month < 1 || month > 12 || date < 1 || date > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return null;
  return plausible(Date.UTC(year, month - 1, date) + timeIn(rest));
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
  /** What follows the day: where a time may stand. */
  readonly rest: string;
}

function dayIn(text: string): Day | null {
  const iso = ISO.exec(text) ?? COMPACT.exec(text);
  if (iso !== null) {
    const [year, month, date] = iso
      .slice(1)
      .filter((part) => /^\d+$/.test(part))
      .map(Number);
    return { year: year!, month: month!, date: date!, rest: after(iso, text) };
  }
  for (const [pattern, dayAt, monthAt] of [
    [DAY_FIRST, 1, 2],
    [MONTH_FIRST, 2, 1],
  ] as const) {
    const words = pattern.exec(text);
    const month = words === null ? undefined : monthNamed(words[monthAt]!);
    if (words !== null && month !== undefined)
      return { year: Number(words[3]), month, date: Number(words[dayAt]), rest: after(words, text) };
  }
  return numericDay(text);
}

/** 31/12/2026 and 31.12.2026; 12/31/2026; of 1/2/2026 we can't know, and read it as most who write it: the month first. */
function numericDay(text: string): Day | null {
  const found = NUMERIC.exec(text);
  if (found === null) return null;
  const [one, other, year] = [Number(found[1]), Number(found[3]), Number(found[4])];
  const dayFirst = found[2] === '.' || one > 12;
  return { year, month: dayFirst ? other : one, date: dayFirst ? one : other, rest: after(found, text) };
}

function monthNamed(word: string): number | undefined {
  const lower = word.toLowerCase();
  if (lower === 'juillet' || lower === 'juil') return 7;
  return MONTHS[lower.slice(0, 3)];
}

function after(match: RegExpExecArray, text: string): string {
  return text.slice(match.index + match[0].length, match.index + match[0].length + 40);
}

/** Milliseconds from the day's midnight in UTC; 0 where no time is said, `NaN` where its zone is none on Earth. */
function timeIn(rest: string): number {
  const found = TIME.exec(rest);
  if (found === null) return 0;
  const [, hour, minute, second, fraction, half, zone] = found;
  let hours = Number(hour);
  if (half !== undefined) hours = (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  if (hours > 24 || Number(minute) > 59 || Number(second ?? 0) > 60) return 0;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1_000);
  return ((hours * 60 + Number(minute) - zoneMinutes(zone)) * 60 + Number(second ?? 0)) * 1_000 + ms;
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined) return 0;
  const numeric = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (numeric === null) return ZONES[zone.replace('(', '').toUpperCase()] ?? 0;
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
  if (minutes > FARTHEST_ZONE || Number(numeric[3]) > 59) return Number.NaN;
  return numeric[1] === '-' ? -minutes : minutes;
}

/** Ten digits are seconds, thirteen are milliseconds; other numbers are more often a count or an id on a page. */
function fromEpoch(digits: string): string | null {
  if (digits.length === 10) return plausible(Number(digits) * 1_000);
  return digits.length === 13 ? plausible(Number(digits)) : null;
}

function plausible(ms: number): string | null {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return year >= FIRST_YEAR && year < 2100 ? date.toISOString() : null;
}

/** Films and songs are older than the web, and their pages say so. */
const FIRST_YEAR = 1900;

import { getDomain } from 'tldts';
import { parseUrl } from './parse-url.js';
import { InvalidUrl } from './preview-error.js';
import { isTrackingParameter } from './tracking-parameters.js';

/**
 * The identity of a page among all the ways to write its URL. On default ports it has no scheme and no `www.`
 * (`//example.com/a?b=1`); on other ports it is the URL as given (`http://example.com:8080/a`). It is also
 * all that decides what gets fetched, so that the first caller decides nothing for the others.
 */
export type CanonicalUrl = string & { readonly __brand: 'CanonicalUrl' };

/** Longest accepted input, in characters. */
export const LONGEST_URL = 4096;

/** Longest host name that DNS can hold, in characters. */
const MAX_HOST_LENGTH = 253;

/**
 * Folds an http(s) URL to its identity: WHATWG parsing, then default-port scheme, `www.`, fragment and tracking
 * parameters away; the rest of the query stays in order, because order can matter to a site.
 *
 * @throws {InvalidUrl} when it is missing, relative, not http(s), has userinfo or is longer than 4,096.
 */
export function canonicalUrl(input: string): CanonicalUrl {
  const url = parse(input);
  const query = withoutTracking(queryOf(url));
  if (url.port !== '') return `${url.protocol}//${url.host}${url.pathname}${query}` as CanonicalUrl;
  return `//${withoutWww(url.hostname)}${url.pathname}${query}` as CanonicalUrl;
}

/**
 * The URLs to try for a page, in order: https, its `www.` twin, then the same two over http. On a port of its
 * own, and for a host that has no registrable domain, there is no twin.
 */
export function fetchCandidates(url: CanonicalUrl): readonly string[] {
  if (!url.startsWith('//')) return [url];
  const twin = hasRegistrableDomain(hostOf(url)) ? `//www.${url.slice(2)}` : undefined;
  const places = twin === undefined ? [url] : [url, twin];
  return ['https:', 'http:'].flatMap((scheme) => places.map((place) => scheme + place));
}

/** The host (with its port, where it has one of its own) that a canonical URL lies on. */
export function hostOf(url: CanonicalUrl): string {
  return url.slice(url.indexOf('//') + 2).split(/[/?]/, 1)[0] ?? '';
}

function parse(input: string): URL {
  if (input === '') throw new InvalidUrl('is missing');
  if (input.length > LONGEST_URL) throw new InvalidUrl(`is longer than ${LONGEST_URL} characters`);
  const url = parseUrl(input);
  if (url === undefined) throw new InvalidUrl('is not an absolute URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InvalidUrl('is not http or https');
  if (url.username !== '' || url.password !== '') throw new InvalidUrl('carries a user name or password');
  if (url.hostname.length > MAX_HOST_LENGTH) throw new InvalidUrl('names a host that is too long to exist');
  return url;
}

/**
 * Drops a leading `www.` where a registrable domain remains: `www.gov.uk` keeps it, `gov.uk` is a suffix. Each of several goes, or the
 * identity of `www.www.example.com` would be one that the same rule folds further.
 */
function withoutWww(hostname: string): string {
  if (!hostname.startsWith('www.')) return hostname;
  const rest = hostname.slice('www.'.length);
  return hasRegistrableDomain(rest) ? withoutWww(rest) : hostname;
}

function hasRegistrableDomain(hostname: string): boolean {
  return getDomain(hostname, { allowPrivateDomains: true }) !== null;
}

/** The query as written, with its `?`: unlike `search`, it tells `/?` from `/`. */
function queryOf(url: URL): string {
  const withoutFragment = url.href.split('#', 1)[0] ?? '';
  const start = withoutFragment.indexOf('?');
  return start === -1 ? '' : withoutFragment.slice(start);
}

/** Works on the text of the query, not on URLSearchParams, which would re-encode what the site wrote. */
function withoutTracking(query: string): string {
  const pairs = query.slice(1).split('&');
  const kept = pairs.filter((pair) => !isTrackingParameter(parameterName(pair)));
  if (kept.length === pairs.length) return query;
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

function parameterName(pair: string): string {
  const raw = pair.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw; // a stray "%": the site's own business, and no tracker's name
  }
}

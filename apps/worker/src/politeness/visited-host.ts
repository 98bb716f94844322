import { type CanonicalUrl, hostOf } from '#libs/preview';

/** The host whose patience a visit costs: its name, without port and `www.`, as these are one machine more often than not. */
export function visitedHost(url: CanonicalUrl): string {
  return hostOf(url)
    .replace(/:\d+$/, '')
    .replace(/^www\./, '');
}

interface Cookie {
  readonly path: string;
  readonly isSecure: boolean;
  readonly value: string;
}

/** Bounds on what one visit keeps, whatever is set. */
const MAX_COOKIES = 50;
const MAX_COOKIE_LENGTH = 4_096;
const MAX_HEADER_LENGTH = 8 * 1024;

/**
 * The cookies of one chain of redirects: some sites set one, redirect to themselves and look whether it comes back. Each goes back to the host
 * that set it and to no other, whatever its `Domain` says, and all of them are forgotten with the visit.
 */
export class ChainCookies {
  private readonly cookies = new Map<string, Cookie>();

  /** Takes what an answer of `url` sets (Set-Cookie). */
  take(url: string, setCookie: string | readonly string[] | undefined): void {
    for (const line of [setCookie ?? []].flat()) this.set(new URL(url), line);
  }

  /** Gives the host of `url` cookies that it didn't set, in the form `a=1; b=2`. */
  give(url: string, cookies: string): void {
    for (const pair of cookies.split(';')) this.set(new URL(url), `${pair.trim()}; Path=/`);
  }

  /** The Cookie header for `url`; undefined where there is none. */
  headerFor(url: string): string | undefined {
    const { host, pathname, protocol } = new URL(url);
    const pairs = [...this.cookies].flatMap(([key, cookie]) => {
      const [owner, , name] = key.split('\n');
      const isMeant =
        owner === host && covers(cookie.path, pathname) && (!cookie.isSecure || protocol === 'https:');
      return isMeant ? [`${name}=${cookie.value}`] : [];
    });
    const header = pairs.join('; ');
    return header === '' || header.length > MAX_HEADER_LENGTH ? undefined : header;
  }

  private set({ host, pathname, protocol }: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [, name, value] = /^([^=\s]+)\s*=\s*(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined || !isSafe(pair)) return;
    const attribute = (wanted: string) =>
      attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path')?.startsWith('/') ? attribute('path')! : directoryOf(pathname);
    const isSecure = attributes.some((text) => text.toLowerCase() === 'secure');
    if (isSecure && protocol !== 'https:') return;
    const key = [host, path, name].join('\n');
    if (hasExpired(attribute('max-age'), attribute('expires'))) this.cookies.delete(key);
    else if (this.cookies.size < MAX_COOKIES) this.cookies.set(key, { path, isSecure, value });
  }
}

/** Fit to stand in a header of a request. */
function isSafe(pair: string): boolean {
  return pair.length <= MAX_COOKIE_LENGTH && /^[\x21-\x7e\x80-\xff][\x20-\x7e\x80-\xff]*$/.test(pair);
}

function hasExpired(maxAge: string | undefined, expires: string | undefined): boolean {
  return maxAge === undefined ? Date.parse(expires ?? '') <= Date.now() : Number(maxAge) <= 0;
}

/** Default path and path match of RFC 6265, sections 5.1.3 and 5.1.4. */
function directoryOf(pathname: string): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/';
}

function covers(path: string, pathname: string): boolean {
  if (pathname === path) return true;
  return pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/');
}

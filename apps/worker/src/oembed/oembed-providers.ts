import { createRequire } from 'node:module';

/** What is used of an entry in the providers' list. */
interface Provider {
  readonly endpoints: readonly { readonly schemes?: readonly string[]; readonly url: string }[];
}

/** URLs that a provider knows: a host, or all below one, and what follows it. `*` stands for anything. */
interface Scheme {
  readonly host: string;
  readonly rest: string;
  readonly endpoint: string;
}

/** By the last part of their host that has no `*`, so that a page costs a few look-ups and not the whole list. */
type Index = ReadonlyMap<string, readonly Scheme[]>;

let index: Index | undefined;

/** Where the list of known providers (oembed.com/providers.json) has a page's provider asked about it; null for most pages. */
export function listedOEmbedUrl(pageUrl: string): string | null {
  index ??= indexed(createRequire(import.meta.url)('oembed-providers') as readonly Provider[]); // 170 kB, for who needs it
  const { hostname, pathname, search } = new URL(pageUrl);
  for (let host = hostname; host !== ''; host = parentOf(host)) {
    const scheme = index
      .get(host)
      ?.find((one) => matches(one.host, hostname) && matches(one.rest, pathname + search));
    if (scheme !== undefined) return questionTo(scheme.endpoint, pageUrl);
  }
  return null;
}

function indexed(providers: readonly Provider[]): Index {
  const schemes = new Map<string, Scheme[]>();
  for (const { endpoints } of providers) {
    for (const { schemes: patterns = [], url: endpoint } of endpoints) {
      for (const pattern of patterns) {
        // Of web pages alone; which of both protocols a scheme says is no matter: providers moved on, and their schemes often didn't.
        const [, host, rest] = /^https?:\/\/([^/]+)(\/.*)$/i.exec(pattern) ?? [];
        if (host === undefined || rest === undefined) continue;
        const known = host
          .toLowerCase()
          .slice(host.lastIndexOf('*') + 1)
          .replace(/^\./, '');
        const scheme = { host: host.toLowerCase(), rest, endpoint };
        const others = schemes.get(known);
        if (others === undefined) schemes.set(known, [scheme]);
        else others.push(scheme);
      }
    }
  }
  return schemes;
}

/** `b.c` of `a.b.c`; empty when nothing is left. */
function parentOf(host: string): string {
  const dot = host.indexOf('.');
  return dot === -1 ? '' : host.slice(dot + 1);
}

/** In one pass, whatever the pattern: a regular expression with several stars would take its time over what strangers send. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return text === pattern;
  const last = others.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

function questionTo(endpoint: string, pageUrl: string): string {
  const question = new URL(endpoint.replace('{format}', 'json'));
  question.searchParams.set('format', 'json');
  question.searchParams.set('url', pageUrl);
  return question.href;
}

/**
 * The URL (WHATWG), resolved against `base` where one is given; undefined where there is none. We don't ask `URL.canParse` first: in Node 20
 * and 22 it takes Latin-1 for UTF-8 once V8 has optimised it, and from then on refuses `https://bücher.example/`.
 */
export function parseUrl(input: string, base?: string): URL | undefined {
  try {
    return new URL(input, base);
  } catch {
    return undefined;
  }
}

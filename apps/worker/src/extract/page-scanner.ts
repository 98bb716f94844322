import { Parser } from 'htmlparser2';
import { parseUrl } from '#libs/preview';
import { jsonLdNodes } from './json-ld.js';
import type { JsonLdNode, PageFacts, PageLink } from './page-facts.js';

/** Bounds on what is kept of one page, whatever is sent. */
const MAX_METAS = 500;
const MAX_LINKS = 300;
const MAX_TIMES = 20;
const MAX_TEXT = 2_000;
const MAX_JSON_LD = 256 * 1024;
/** Elements within elements. The parser's cost grows with the square of the depth, so what lies deeper is not looked at. */
const MAX_DEPTH = 512;

type Attributes = Readonly<Record<string, string>>;

/** Where the text that now arrives belongs. */
interface Capture {
  readonly element: 'title' | 'h1' | 'script';
  readonly limit: number;
  text: string;
}

/** Notes down what the fields need, in one pass, while the page arrives. */
export class PageScanner {
  private readonly parser = new Parser(
    {
      onopentag: (name, attributes) => this.open(name, attributes),
      ontext: (text) => this.text(text),
      onclosetag: (name) => this.close(name),
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  private readonly metas = new Map<string, string[]>();
  private metaCount = 0;
  private readonly links: PageLink[] = [];
  private readonly jsonLd: JsonLdNode[] = [];
  private readonly times: string[] = [];
  private base: string | undefined;
  private htmlLang: string | null = null;
  private title: string | null = null;
  private heading: string | null = null;
  private capture: Capture | undefined;
  private depth = 0;
  /** Inside an `svg`, `title` names a drawing and not the page. */
  private svgDepth = 0;

  constructor(private readonly url: string) {}

  write(text: string): void {
    if (!this.isTooDeep()) this.parser.write(text);
  }

  end(): PageFacts {
    if (!this.isTooDeep()) this.parser.end();
    return {
      url: this.url,
      baseUrl: this.baseUrl(),
      htmlLang: this.htmlLang,
      title: this.title,
      heading: this.heading,
      metas: this.metas,
      links: this.links,
      jsonLd: this.jsonLd,
      times: this.times,
    };
  }

  private open(name: string, attributes: Attributes): void {
    this.depth += 1;
    if (this.isTooDeep()) this.parser.pause(); // at once, in the middle of a piece of any length
    switch (name) {
      case 'html':
        this.htmlLang ??= attributes['lang'] ?? attributes['xml:lang'] ?? null;
        return;
      case 'base':
        this.base ??= attributes['href'];
        return;
      case 'meta':
        return this.meta(attributes);
      case 'link':
        return this.link(attributes);
      case 'time':
        if (attributes['datetime'] !== undefined && this.times.length < MAX_TIMES)
          this.times.push(attributes['datetime']);
        return;
      case 'svg':
        this.svgDepth += 1;
        return;
      case 'title':
        if (this.title === null && this.svgDepth === 0)
          this.capture = { element: 'title', limit: MAX_TEXT, text: '' };
        return;
      case 'h1':
        if (this.heading === null) this.capture = { element: 'h1', limit: MAX_TEXT, text: '' };
        return;
      case 'script':
        if (/^\s*application\/ld\+json\b/i.test(attributes['type'] ?? '')) {
          this.capture = { element: 'script', limit: MAX_JSON_LD, text: '' };
        }
        return;
    }
  }

  private text(text: string): void {
    const { capture } = this;
    if (capture !== undefined && capture.text.length < capture.limit) capture.text += text;
  }

  private isTooDeep(): boolean {
    return this.depth > MAX_DEPTH;
  }

  private close(name: string): void {
    this.depth -= 1;
    if (name === 'svg') this.svgDepth = Math.max(0, this.svgDepth - 1);
    const { capture } = this;
    if (capture === undefined || capture.element !== name) return;
    this.capture = undefined;
    if (name === 'title') this.title = capture.text.slice(0, capture.limit);
    else if (name === 'h1') this.heading = capture.text.slice(0, capture.limit);
    else this.jsonLd.push(...jsonLdNodes(capture.text));
  }

  private meta(attributes: Attributes): void {
    const content = attributes['content'];
    if (content === undefined) return;
    for (const attribute of ['property', 'name', 'itemprop'] as const) {
      // One element can say several names at once: property="og:title twitter:title".
      for (const name of (attributes[attribute] ?? '').toLowerCase().split(/\s+/)) {
        if (name === '' || this.metaCount >= MAX_METAS) continue;
        const values = this.metas.get(name);
        if (values === undefined) this.metas.set(name, [content]);
        else values.push(content);
        this.metaCount += 1;
      }
    }
  }

  private link(attributes: Attributes): void {
    const { rel, href, sizes = '' } = attributes;
    if (rel === undefined || href === undefined || this.links.length >= MAX_LINKS) return;
    this.links.push({ rel: rel.toLowerCase().split(/\s+/), href, sizes });
  }

  private baseUrl(): string {
    return parseUrl(this.base ?? this.url, this.url)?.href ?? this.url;
  }
}

import { Parser } from 'htmlparser2';
import { parseUrl } from '#libs/preview';
import { JsonLd } from './json-ld.js';
import { LeapingTokenizer } from './leaping-tokenizer.js';
import type { Attributes, PageFacts, PageLink, Sign } from './page-facts.js';
import { signsOf } from './signs.js';

/** Bounds on what is kept of one page, whatever is sent; lengths in UTF-16 code units. */
const MAX_PAGE = 4 * 1024 * 1024;
const MAX_METAS = 500;
const MAX_LINKS = 300;
const MAX_CONTENT = 5_000;
const MAX_TITLE = 2_000;
const MAX_JSON = 512 * 1024;
const MAX_ALL_JSON = 4 * MAX_JSON;
/** Elements that are noted of each sign, and how much of their text. */
const MAX_SIGNS = 12;
const MAX_SIGN_TEXT = 400;
/** Signs that can be open at once: each costs something with every text in it. */
const MAX_OPEN_SIGNS = 24;
/** Elements within elements. The parser's cost grows with the square of the depth, so what lies deeper is not looked at. */
const MAX_DEPTH = 512;

/** How states of applications name the time of what they show. */
const STATE_DATE =
  /"(?:datePublished|publishedAt|published_at|publishDate|publishedDate|createTime)"\s{0,9}:\s{0,9}"?([^",{}[\]]{4,40})/;

/** Elements that don't begin a line of their own. */
const INLINE = new Set(
  'a abbr b bdi bdo cite code em font i kbd mark q s small span strong sub sup time u wbr img'.split(' '),
);

/** A title or a script whose text now arrives. */
interface Capture {
  readonly kind: 'title' | 'json-ld' | 'state';
  readonly element: 'title' | 'script';
  readonly limit: number;
  text: string;
}

/** A sign whose element is still open. */
interface OpenSign {
  readonly names: readonly string[];
  readonly depth: number;
  readonly sign: { text: string; readonly attributes: Attributes };
}

/** Notes down what the fields need, in one pass, while the page arrives. */
export class PageScanner {
  private readonly parser = new Parser(
    {
      onopentag: (name, attributes) => this.open(name, attributes),
      ontext: (text) => this.text(text),
      onclosetag: (name) => this.close(name),
    },
    {
      decodeEntities: true,
      lowerCaseTags: true,
      lowerCaseAttributeNames: true,
      Tokenizer: LeapingTokenizer,
    },
  );
  private readonly metas = new Map<string, string[]>();
  private metaCount = 0;
  private readonly links: PageLink[] = [];
  private readonly jsonLd = new JsonLd();
  private jsonLength = 0;
  private readonly stateDates: string[] = [];
  private readonly signs = new Map<string, Sign[]>();
  private readonly openSigns: OpenSign[] = [];
  private readonly within = (wanted: string) => this.openSigns.some(({ names }) => names.includes(wanted));
  private base: string | undefined;
  private htmlLang: string | null = null;
  private title: string | null = null;
  private capture: Capture | undefined;
  private length = 0;
  private depth = 0;
  /** Inside an `svg`, `title` names a drawing and not the page; inside a `noscript`, nobody sees it. */
  private untitledDepth = 0;
  /** Inside a `template`, nothing is part of the page. */
  private templateDepth = 0;
  /** Inside a `script` or a `style`, text is none that people see. */
  private codeDepth = 0;
  private isHeadOver = false;
  private isOver = false;

  /** @param isEnough asked when the head is over, and after each JSON-LD script from then on: whether the rest can be left */
  constructor(
    private readonly url: string,
    private readonly isEnough: (facts: PageFacts) => boolean,
  ) {}

  /** @returns whether more of the page is wanted */
  write(text: string): boolean {
    if (!this.isOver) this.parser.write(text.slice(0, MAX_PAGE - this.length));
    this.length += text.length;
    if (this.length >= MAX_PAGE) this.isOver = true;
    return !this.isOver;
  }

  end(): PageFacts {
    if (!this.isOver) this.parser.end();
    for (const open of this.openSigns.splice(0)) settle(open);
    return this.facts();
  }

  private facts(): PageFacts {
    const { url, htmlLang, title, metas, links, jsonLd, stateDates, signs } = this;
    const baseUrl = this.base === undefined ? url : (parseUrl(this.base, url)?.href ?? url);
    return { url, baseUrl, htmlLang, title, metas, links, jsonLd, stateDates, signs };
  }

  private open(name: string, attributes: Attributes): void {
    if (this.isOver) return;
    this.depth += 1;
    if (this.depth > MAX_DEPTH) return this.stop();
    if (this.templateDepth > 0 || isInert(name, attributes)) {
      if (name === 'template') this.templateDepth += 1;
      return;
    }
    switch (name) {
      case 'html':
        this.htmlLang ??= attributes['lang'] ?? attributes['xml:lang'] ?? null;
        return;
      case 'body':
        return this.endHead();
      case 'base':
        this.base ??= attributes['href'];
        return;
      case 'meta':
        return this.meta(attributes);
      case 'link':
        return this.link(attributes);
      case 'svg':
      case 'noscript':
        this.untitledDepth += 1;
        return;
      case 'title':
        if (this.title === null && this.untitledDepth === 0)
          this.capture = { kind: 'title', element: 'title', limit: MAX_TITLE, text: '' };
        return;
      case 'style':
        this.codeDepth += 1;
        return;
      case 'script':
        this.codeDepth += 1;
        this.capture = captureOf(attributes['type']);
        return;
      default:
        if (!INLINE.has(name)) this.breakLine();
        return this.sign(name, attributes);
    }
  }

  private text(text: string): void {
    if (this.isOver || this.templateDepth > 0) return;
    const { capture } = this;
    if (capture !== undefined && capture.text.length < capture.limit) capture.text += text;
    if (this.codeDepth === 0) this.tell(text);
  }

  private close(name: string): void {
    if (this.isOver) return;
    while (this.openSigns.at(-1)?.depth === this.depth) settle(this.openSigns.pop()!);
    this.depth -= 1;
    if (this.templateDepth > 0) {
      if (name === 'template') this.templateDepth -= 1;
      return;
    }
    if (name === 'svg' || name === 'noscript') this.untitledDepth -= 1;
    else if (name === 'script' || name === 'style') this.codeDepth -= 1;
    else if (!INLINE.has(name)) this.breakLine();
    this.endCapture(name);
    if (name === 'head') this.endHead();
  }

  private endCapture(name: string): void {
    const { capture } = this;
    if (capture === undefined || capture.element !== name) return;
    this.capture = undefined;
    const text = capture.text.slice(0, capture.limit);
    if (capture.kind === 'title') this.title = text;
    else this.script(capture.kind, text);
  }

  private script(kind: 'json-ld' | 'state', text: string): void {
    this.jsonLength += text.length;
    if (this.jsonLength > MAX_ALL_JSON) return;
    if (kind === 'state') {
      const date = STATE_DATE.exec(text)?.[1];
      if (date !== undefined) this.stateDates.push(date);
      return;
    }
    this.jsonLd.add(text);
    if (this.isHeadOver) this.leaveIfEnough();
  }

  private endHead(): void {
    if (this.isHeadOver) return;
    this.isHeadOver = true;
    this.leaveIfEnough();
  }

  private leaveIfEnough(): void {
    if (this.isEnough(this.facts())) this.stop();
  }

  /** At once, in the middle of a piece of any length: where a page is left mustn't depend on how it was cut. */
  private stop(): void {
    this.isOver = true;
    this.parser.pause();
  }

  private sign(name: string, attributes: Attributes): void {
    const names = signsOf(name, attributes, this.within);
    if (names.length === 0) return;
    const sign = { text: '', attributes };
    for (const one of names) {
      const noted = this.signs.get(one);
      if (noted === undefined) this.signs.set(one, [sign]);
      else if (noted.length < MAX_SIGNS) noted.push(sign);
    }
    if (this.openSigns.length < MAX_OPEN_SIGNS) this.openSigns.push({ names, depth: this.depth, sign });
  }

  private tell(text: string): void {
    if (this.openSigns.every(isFull)) return;
    // Line breaks of the source are spaces to readers. One for one, so that it doesn't matter where the text was cut.
    const line = text.slice(0, MAX_SIGN_TEXT + 1).replace(/[\n\r\t\f]/g, ' ');
    for (const open of this.openSigns) if (!isFull(open)) open.sign.text += line;
  }

  private breakLine(): void {
    for (const { sign } of this.openSigns) {
      if (sign.text !== '' && !sign.text.endsWith('\n')) sign.text += '\n';
    }
  }

  private meta(attributes: Attributes): void {
    const content = attributes['content']?.slice(0, MAX_CONTENT);
    if (content === undefined || isCutOff(attributes)) return;
    for (const attribute of ['property', 'name', 'itemprop'] as const) {
      const said = attributes[attribute];
      if (said === undefined) continue;
      // One element can say several names at once: property="og:title twitter:title".
      for (const name of said.toLowerCase().split(/\s+/)) {
        if (name !== '') this.note(this.scoped(attribute, name), content);
      }
    }
  }

  /** `name` of an author is not that of the page. */
  private scoped(attribute: string, name: string): string {
    if (attribute !== 'itemprop') return name;
    const owner = this.openSigns.findLast(({ names }) => names[0]!.startsWith('item:'))?.names[0];
    return owner === undefined ? name : `${owner.slice('item:'.length)}.${name}`;
  }

  private note(name: string, content: string): void {
    if (this.metaCount >= MAX_METAS) return;
    const values = this.metas.get(name);
    if (values === undefined) this.metas.set(name, [content]);
    else values.push(content);
    this.metaCount += 1;
  }

  private link(attributes: Attributes): void {
    const { rel, href, itemprop } = attributes;
    if (href === undefined || this.links.length >= MAX_LINKS) return;
    if (itemprop !== undefined) this.note(this.scoped('itemprop', itemprop.toLowerCase()), href);
    if (rel !== undefined) this.links.push({ rel: rel.toLowerCase().split(/\s+/), href, attributes });
  }
}

function captureOf(type = ''): Capture | undefined {
  const [, json] = /^\s*application\/(ld\+json|json)\b/i.exec(type) ?? [];
  if (json === undefined) return undefined;
  const kind = json.length > 'json'.length ? 'json-ld' : 'state';
  return { kind, element: 'script', limit: MAX_JSON, text: '' };
}

/** What scripts may make copies of; with a `shadowrootmode` it is shown where it stands. */
function isInert(name: string, attributes: Attributes): boolean {
  return name === 'template' && attributes['shadowrootmode'] === undefined;
}

/** A quote within a value that nobody escaped ends it: the rest became attributes, and a quote stands in one of them. */
function isCutOff(attributes: Attributes): boolean {
  for (const name in attributes) if (name.includes('"') || name.includes("'")) return true;
  return false;
}

function isFull({ sign }: OpenSign): boolean {
  return sign.text.length > MAX_SIGN_TEXT;
}

function settle(open: OpenSign): void {
  if (isFull(open)) open.sign.text = '';
}

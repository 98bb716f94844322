import { Parser } from 'htmlparser2';

export type JsonLdNode = Readonly<Record<string, unknown>>;

/** Bounds on what is looked at, whatever a page nests; lengths in UTF-16 code units. */
const MAX_NODES = 300;
const MAX_DEPTH = 8;
const MAX_TEXT = 5_000;

/** The schema.org types whose node speaks of the page itself. */
const PAGE_TYPES =
  /(Article|Posting|Page|Report|Recipe|Product|VideoObject|Movie|Book|Event|SoftwareApplication|SoftwareSourceCode|Episode|Recording|AudioObject|Series|Course|ClaimReview)$/;

/** What others say below a page: their authors and dates are not the page's. */
const REMARKS = /(Comment|Review|Answer|Rating|ListItem|BreadcrumbList|ImageObject)$/;

/** All the JSON-LD of a page. References by `@id` are followed, from one script to another, too. */
export class JsonLd {
  private readonly nodes: JsonLdNode[] = [];
  private readonly byId = new Map<string, JsonLdNode>();

  /** Adds a script's text; broken JSON adds nothing. */
  add(text: string): void {
    // Level by level: what speaks of the page stands higher than what it contains.
    let level: unknown[] = [parse(text)];
    for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
      const next: unknown[] = [];
      for (const value of level) {
        if (this.nodes.length >= MAX_NODES || next.length >= 10 * MAX_NODES) return;
        if (Array.isArray(value)) next.push(...value.slice(0, MAX_NODES));
        else if (isNode(value)) {
          this.note(value);
          next.push(...Object.values(value).filter((child) => typeof child === 'object'));
        }
      }
      level = next;
    }
  }

  /** Nodes about the page, the most telling first: of a page's types, then others. */
  about(): JsonLdNode[] {
    const others = this.nodes.filter((node) => !isOfType(node, PAGE_TYPES) && !isOfType(node, REMARKS));
    return [...this.pages(), ...others];
  }

  /** Nodes of a page's types; a `WebPage` says less of its content than the content itself. */
  pages(): JsonLdNode[] {
    const pages = this.nodes.filter((node) => isOfType(node, PAGE_TYPES));
    return [
      ...pages.filter((node) => !isOfType(node, /Page$/)),
      ...pages.filter((node) => isOfType(node, /Page$/)),
    ];
  }

  ofType(types: RegExp): JsonLdNode[] {
    return this.nodes.filter((node) => isOfType(node, types));
  }

  /** A property that may be a text, a node with a name, a reference, or a list of these: all its texts. */
  texts(value: unknown): string[] {
    return this.members(value).flatMap((item) => {
      if (typeof item === 'string') return [unescaped(item)];
      const name = isNode(item) ? (item['name'] ?? item['@value']) : undefined;
      return typeof name === 'string' ? [unescaped(name)] : [];
    });
  }

  /** A property that may be a URL, a node with one, a reference, or a list of these: all its URLs. */
  urls(value: unknown): string[] {
    return this.members(value).flatMap((item) => {
      if (typeof item === 'string') return [item];
      // What is nothing but a reference, and to nothing that we know, is not the address of a picture.
      if (!isNode(item) || isReference(item)) return [];
      const url = item['url'] ?? item['contentUrl'] ?? item['@id'];
      return this.members(url).filter((one) => typeof one === 'string');
    });
  }

  /** The value as a list, with what it refers to in place of the references. */
  members(value: unknown): unknown[] {
    return (Array.isArray(value) ? value.slice(0, MAX_NODES) : [value]).map((item: unknown) => {
      if (!isNode(item) || typeof item['@id'] !== 'string' || Object.keys(item).length > 2) return item;
      return this.byId.get(item['@id']) ?? item;
    });
  }

  private note(node: JsonLdNode): void {
    const id = node['@id'];
    if (typeof id === 'string' && !isReference(node) && !this.byId.has(id)) this.byId.set(id, node);
    if ('@type' in node) this.nodes.push(node);
  }
}

/** Whether a node is of one of these types (`@type` can be a list, and can carry the vocabulary's address). */
export function isOfType(node: JsonLdNode, types: RegExp): boolean {
  const type = node['@type'];
  return (Array.isArray(type) ? type : [type]).some(
    (one) => typeof one === 'string' && types.test(one.replace(/^.*[/#:]/, '')),
  );
}

export function isNode(value: unknown): value is JsonLdNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{"@id": …}` alone. */
function isReference(node: JsonLdNode): boolean {
  return '@id' in node && Object.keys(node).length === 1;
}

/** JSON in a script is not unescaped by HTML, so pages escape its texts once more. Tags in them are for whoever takes the text to judge. */
function unescaped(text: string): string {
  const start = text.slice(0, MAX_TEXT);
  if (!start.includes('&')) return start;
  let plain = '';
  const parser = new Parser({ ontext: (piece) => (plain += piece) });
  parser.end(start.replaceAll('<', '&lt;'));
  return plain;
}

/** As they are, or behind `//`, or in a comment of their own; one in the other, too: `<!--//--><![CDATA[//><!--`. */
const MARK_BEFORE = /^(?:(?:\/\/|\/\*|\*\/|-->|<!--|<!\[CDATA\[|>)\s*){1,8}(?=[{[])/;
const MARK_BEHIND = /(?<=[}\]])(?:\s*(?:\/\/|\/\*|\*\/|<!--|-->|<!\]\]>|\]\]>|>)){1,8}$/;

function parse(text: string): unknown {
  // Comments and CDATA marks around the JSON come from templates that fear old browsers.
  const bare = text.trim().replace(MARK_BEFORE, '').replace(MARK_BEHIND, '');
  // Line breaks within strings and commas before a bracket are what people write by hand.
  return parsed(bare) ?? parsed(bare.replace(/[\p{Cc}]+/gu, ' ').replace(/,(?=\s{0,50}[}\]])/g, ''));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

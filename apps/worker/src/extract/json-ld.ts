import type { JsonLdNode } from './page-facts.js';

const MAX_NODES = 200;
const MAX_DEPTH = 4;

/** The nodes of one JSON-LD script: itself or its array, and what stands in `@graph`. Broken JSON gives none. */
export function jsonLdNodes(text: string): JsonLdNode[] {
  const nodes: JsonLdNode[] = [];
  collect(parse(text), nodes, 0);
  return nodes;
}

/** Whether a node is of one of these types (`@type` can be a list, and can carry the vocabulary's address). */
export function isOfType(node: JsonLdNode, types: RegExp): boolean {
  return listOf(node['@type']).some(
    (type) => typeof type === 'string' && types.test(type.replace(/^.*[/#]/, '')),
  );
}

/** A property that may be a text, a node with a name, or a list of either: all its texts. */
export function namesOf(value: unknown): string[] {
  return listOf(value).flatMap((item) => {
    if (typeof item === 'string') return [item];
    const name = isNode(item) ? item['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

/** A property that may be a URL, a node with a `url`, or a list of either: all its URLs. */
export function urlsOf(value: unknown): string[] {
  return listOf(value).flatMap((item) => {
    if (typeof item === 'string') return [item];
    const url = isNode(item) ? (item['url'] ?? item['contentUrl'] ?? item['@id']) : undefined;
    return typeof url === 'string' ? [url] : [];
  });
}

export function isNode(value: unknown): value is JsonLdNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(value: unknown, nodes: JsonLdNode[], depth: number): void {
  if (depth > MAX_DEPTH || nodes.length >= MAX_NODES) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, nodes, depth + 1);
  } else if (isNode(value)) {
    if ('@type' in value) nodes.push(value);
    collect(value['@graph'], nodes, depth + 1);
  }
}

function parse(text: string): unknown {
  // Comments and CDATA marks around the JSON come from templates that fear old browsers.
  const bare = text.replace(
    /^\s*(?:\/\*\s*)?(?:<!--|<!\[CDATA\[)(?:\s*\*\/)?|(?:\/\*\s*)?(?:-->|\]\]>)(?:\s*\*\/)?\s*$/g,
    '',
  );
  try {
    return JSON.parse(bare);
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

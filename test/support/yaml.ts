import { parsers } from 'prettier/plugins/yaml';

/** Of Prettier's syntax tree, what matters of a node. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly (Node | null)[];
}

/** The documents of a YAML text, by the parser that formats ours: plain data, no anchors. Scalars are numbers and booleans where they read so and have no quotes. */
export async function yamlDocuments(text: string): Promise<readonly unknown[]> {
  const root = (await parsers.yaml.parse(text, {} as never)) as Node;
  return partsOf(root).map((document) => {
    const body = partsOf(document).find(({ type }) => type === 'documentBody');
    return valueOf(partsOf(body)[0]);
  });
}

function partsOf(node: Node | undefined): readonly Node[] {
  return (node?.children ?? []).filter((child) => child !== null && child.type !== 'comment') as Node[];
}

function valueOf(node: Node | undefined): unknown {
  switch (node?.type) {
    case undefined:
    case 'null':
      return null;
    case 'mapping':
    case 'flowMapping':
      return Object.fromEntries(
        partsOf(node).map((pair) => {
          const [key, value] = partsOf(pair);
          return [String(valueOf(partsOf(key)[0])), valueOf(partsOf(value)[0])];
        }),
      );
    case 'sequence':
    case 'flowSequence':
      return partsOf(node).map((item) => valueOf(partsOf(item)[0]));
    case 'plain':
      return plain(node.value ?? '');
    case 'quoteSingle':
    case 'quoteDouble':
    case 'blockLiteral':
    case 'blockFolded':
      return node.value ?? '';
    default:
      throw new Error(`YAML that isn't read here: ${node?.type}`);
  }
}

function plain(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

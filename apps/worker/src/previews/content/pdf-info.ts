import { text } from '../../extract/accept.js';

/** What a document says of itself. */
export interface DocumentInfo {
  readonly title: string | null;
  readonly author: string | null;
  readonly description: string | null;
}

/** Of a PDF, as far as its metadata lie uncompressed within the first bytes: the XMP packet's word before the Info dictionary's. */
export function documentInfo(bytes: Buffer): DocumentInfo {
  const source = bytes.toString('latin1');
  const packet = xmpPacket(source);
  // The strings of an encrypted document are encrypted, too.
  const info = source.includes('/Encrypt') ? '' : infoDictionary(source);
  const found = (property: string, key: string) =>
    text(xmpText(packet, property) ?? '') ?? text(stringAt(info, key) ?? '');
  return {
    title: found('title', 'Title'),
    author: found('creator', 'Author'),
    description: found('description', 'Subject'),
  };
}

function xmpPacket(source: string): string {
  const start = source.indexOf('<x:xmpmeta');
  const end = source.indexOf('</x:xmpmeta>', start);
  return start === -1 || end === -1 ? '' : Buffer.from(source.slice(start, end), 'latin1').toString('utf8');
}

function xmpText(packet: string, property: string): string | undefined {
  const start = packet.indexOf(`<dc:${property}>`);
  const end = packet.indexOf(`</dc:${property}>`, start);
  if (start === -1 || end === -1) return undefined;
  const item = /<rdf:li[^<>]*>([^<]*)<\/rdf:li>/.exec(packet.slice(start, end))?.[1];
  return item?.replace(/&(amp|lt|gt|quot|apos);/g, (_entity, name: string) => ENTITIES[name] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The object that names its producer; `Title` alone would be a bookmark's as well. */
function infoDictionary(source: string): string {
  const producer = source.search(/\/(Producer|Creator)\s*[(<]/);
  if (producer === -1) return '';
  const start = source.lastIndexOf(' obj', producer);
  const end = source.indexOf('endobj', producer);
  return source.slice(Math.max(start, producer - 4_096), end === -1 ? producer + 4_096 : end);
}

/** The value of a key: `(text)` with escapes, or `<hex>`. */
function stringAt(dictionary: string, key: string): string | undefined {
  const found = new RegExp(
    `/${key}\\s*(?:<([\\dA-Fa-f\\s]*)>|\\(((?:[^\\\\()]|\\\\[^]|\\([^()]*\\))*)\\))`,
  ).exec(dictionary);
  if (found?.[1] !== undefined) return pdfText(Buffer.from(found[1].replace(/\s/g, ''), 'hex'));
  return found?.[2] === undefined ? undefined : pdfText(Buffer.from(unescaped(found[2]), 'latin1'));
}

function unescaped(literal: string): string {
  return literal.replace(/\\([0-7]{1,3}|\r\n|[^])/g, (_whole, escape: string) => {
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
    if (/^[\r\n]/.test(escape)) return '';
    return { n: '\n', r: '\r', t: '\t', b: '', f: '' }[escape] ?? escape;
  });
}

/** UTF-16 or UTF-8 with a byte order mark, else what is nearly Latin-1. */
function pdfText(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xef && bytes[1] === 0xbb) return bytes.toString('utf8').replace(/^\ufeff/, '');
  return bytes.toString('latin1');
}

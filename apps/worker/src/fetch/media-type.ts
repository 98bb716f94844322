/** Looks at the first bytes as the WHATWG's MIME sniffing does, for the types that previews are made of. */
export const SNIFFED_BYTES = 1445;

/**
 * The media type of an answer, in lower case and without parameters. A signature in the bytes counts more than what is declared, which
 * counts more than what text looks like; HTML that is declared is never anything else.
 *
 * @param start the first bytes, at least `SNIFFED_BYTES` of them where there are as many
 */
export function mediaTypeOf(contentType: string | undefined, start: Buffer): string {
  const declared = essence(contentType);
  if (isHtmlType(declared)) return declared;
  const signed = signedType(start, declared);
  if (signed !== undefined) return signed;
  return declared === '' || UNKNOWN_TYPES.has(declared) ? textualType(start) : declared;
}

export function isHtmlType(mediaType: string): boolean {
  return mediaType === 'text/html' || mediaType === 'application/xhtml+xml';
}

/** `text/html` of `Text/HTML; charset=utf-8`; empty where there is none. */
export function essence(contentType: string | undefined): string {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,80}$/.test(type) || type === '*/*' ? type : '';
}

/** Types by which servers say that they don't know. */
const UNKNOWN_TYPES = new Set(['*/*', 'unknown/unknown', 'application/unknown']);

/** Bytes at an offset, as Latin-1. */
const SIGNATURES: readonly (readonly [mediaType: string, offset: number, bytes: string])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/gif', 0, 'GIF87a'],
  ['image/gif', 0, 'GIF89a'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/webp', 8, 'WEBP'],
  ['image/bmp', 0, 'BM'],
  ['image/x-icon', 0, '\0\0\x01\0'],
  ['application/pdf', 0, '%PDF-'],
  ['video/webm', 0, '\x1a\x45\xdf\xa3'],
  ['audio/mpeg', 0, 'ID3'],
  ['audio/flac', 0, 'fLaC'],
  ['application/ogg', 0, 'OggS\0'],
  ['audio/wav', 8, 'WAVE'],
  ['video/x-msvideo', 8, 'AVI '],
  ['application/zip', 0, 'PK\x03\x04'],
  ['application/gzip', 0, '\x1f\x8b\x08'],
];

/** Two letters are no signature for what calls itself text. */
const WEAK = new Set(['image/bmp']);

function signedType(start: Buffer, declared: string): string | undefined {
  if (start.toString('latin1', 4, 8) === 'ftyp') return boxedType(start.toString('latin1', 8, 12), declared);
  const found = SIGNATURES.find(
    ([, offset, bytes]) => start.toString('latin1', offset, offset + bytes.length) === bytes,
  )?.[0];
  if (found === undefined || (WEAK.has(found) && declared !== '' && declared !== found)) return undefined;
  // A container doesn't tell what is in it: documents are zips, and sound comes in boxes for pictures.
  const isContainer = /^(application\/(zip|ogg)|video\/webm)$/.test(found);
  return isContainer && declared !== '' && declared !== 'application/octet-stream' ? declared : found;
}

/** ISO base media files tell by their brand. */
function boxedType(brand: string, declared: string): string {
  if (brand === 'avif' || brand === 'avis') return 'image/avif';
  if (/^(heic|heix|mif1|msf1)$/.test(brand)) return declared === 'image/avif' ? declared : 'image/heic';
  if (brand.startsWith('M4A') || declared.startsWith('audio/')) return 'audio/mp4';
  return 'video/mp4';
}

function textualType(start: Buffer): string {
  const text = start.toString('latin1', 0, SNIFFED_BYTES).replace(/^(\xef\xbb\xbf)?\s*/, '');
  if (
    /^<(!doctype html|html|head|body|script|iframe|h1|div|font|table|a|style|title|b|br|p)[\s>]|^<!--/i.test(
      text,
    )
  )
    return 'text/html';
  if (text.startsWith('<?xml')) return /<html[\s>]/i.test(text) ? 'application/xhtml+xml' : 'application/xml';
  if (/^<(rss|feed|rdf:rdf|svg)[\s>]/i.test(text)) return 'application/xml';
  if (/^[[{]\s*["[{\]}]/.test(text)) return 'application/json';
  const isBinary = text === '' || start.subarray(0, SNIFFED_BYTES).some(isControl);
  return isBinary ? 'application/octet-stream' : 'text/plain';
}

/** Bytes that no text has (MIME Sniffing, section 3). */
function isControl(byte: number): boolean {
  return byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte);
}

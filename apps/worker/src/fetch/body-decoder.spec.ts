import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { decodedText, decompressed } from './body-decoder.js';
import { FetchFailed } from './fetch-failed.js';

const PAGE = Buffer.from('<title>é</title>');

/** A stream of `chunkSize` bytes at a time, as networks like to cut. */
function inPieces(bytes: Buffer, chunkSize: number): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) =>
    bytes.subarray(index * chunkSize, (index + 1) * chunkSize),
  );
  return Readable.from(pieces);
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

async function textOf(bytes: Buffer, contentType?: string, chunkSize = 7): Promise<string> {
  let text = '';
  for await (const piece of decodedText(inPieces(bytes, chunkSize), contentType)) text += piece;
  return text;
}

describe('decompression', () => {
  test.each([
    ['nothing', undefined, PAGE],
    ['identity', 'identity', PAGE],
    ['gzip', 'gzip', gzipSync(PAGE)],
    ['x-gzip, in capitals', 'X-GZIP', gzipSync(PAGE)],
    ['brotli', 'br', brotliCompressSync(PAGE)],
    ['deflate, wrapped', 'deflate', deflateSync(PAGE)],
    ['deflate, raw', 'deflate', deflateRawSync(PAGE)],
    ['two codings, undone last first', 'gzip, br', brotliCompressSync(gzipSync(PAGE))],
  ])('undoes %s', async (_what, encoding, body) => {
    expect(await bytesOf(decompressed(inPieces(body, 3), encoding))).toEqual(PAGE);
  });

  test.each(['zip', 'gzip, gzip, gzip'])('refuses "%s"', (encoding) => {
    expect(() => decompressed(inPieces(PAGE, 3), encoding)).toThrow(FetchFailed);
  });

  test('a broken stream is an error, not a hang', async () => {
    await expect(
      bytesOf(decompressed(inPieces(gzipSync(PAGE).subarray(0, 12), 3), 'gzip')),
    ).rejects.toThrow();
    await expect(bytesOf(decompressed(inPieces(PAGE, 3), 'deflate'))).rejects.toThrow();
  });
});

describe('the charset', () => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const filler = '<!-- '.padEnd(2000, 'x');

  test('is UTF-8 where nobody says otherwise, however the bytes are cut', async () => {
    expect(await textOf(PAGE, undefined, 1)).toBe('<title>é</title>');
    expect(await textOf(Buffer.from(`<title>é</title>${filler}é`), undefined, 1)).toMatch(/é$/);
  });

  test('follows the header', async () => {
    expect(await textOf(latin1('<title>é</title>'), 'text/html; charset="ISO-8859-1"')).toContain('é');
  });

  test('follows a meta element, in both forms', async () => {
    expect(await textOf(latin1('<meta charset=windows-1252><title>é</title>'))).toContain('é');
    const http = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">';
    expect(await textOf(latin1(`${http}<title>é</title>`))).toContain('é');
  });

  test('prefers the header to the page, and a byte order mark to both', async () => {
    expect(await textOf(Buffer.from('<meta charset=windows-1252>é'), 'text/html; charset=utf-8')).toContain(
      'é',
    );
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<p>é', 'utf16le')]);
    expect(await textOf(utf16, 'text/html; charset=utf-8')).toBe('<p>é');
  });

  test('falls back to UTF-8 for labels that do not exist', async () => {
    expect(await textOf(PAGE, 'text/html; charset=klingon')).toContain('é');
    expect(await textOf(latin1('<meta charset=latin1>é'), 'text/html; charset=none')).toContain('é');
  });
});

import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { ACCEPTED_ENCODINGS, decompressed } from './body-decoder.js';
import { FetchFailed } from './fetch-failed.js';

const { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } = zlib;
const zstdCompressSync = (zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }).zstdCompressSync;

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

  test.each(['gzip', 'deflate', 'br', 'gzip, br'])(
    'a stream that fails, or is closed without a word, is an error below: %s',
    async (encoding) => {
      for (const reason of [new Error('the line is dead'), undefined]) {
        const source = new Readable({ read: () => undefined });
        const read = bytesOf(decompressed(source, encoding));
        source.push(gzipSync(PAGE).subarray(0, 12));
        setImmediate(() => source.destroy(reason));
        await expect(read).rejects.toThrow();
      }
    },
  );

  test.each(['gzip', 'deflate', 'br'])(
    'a broken stream that nobody reads is nobody’s error: %s',
    async (encoding) => {
      const unread = decompressed(inPieces(Buffer.from([0xff, 0xff]), 1), encoding);
      unread.resume();
      await new Promise((resolve) => unread.once('close', resolve));
      expect(unread.errored).not.toBeNull();
    },
  );

  test('offers zstd where Node can undo it, and only there', () => {
    expect(ACCEPTED_ENCODINGS.includes('zstd')).toBe(zstdCompressSync !== undefined);
  });

  test('undoes zstd where Node can, and says that it can not where it is sent all the same', async () => {
    const undone = async () => bytesOf(decompressed(inPieces(zstdCompressSync?.(PAGE) ?? PAGE, 3), 'zstd'));
    const got = await undone().catch(({ failure }: FetchFailed) => failure.code);
    expect(got).toEqual(zstdCompressSync === undefined ? 'EDECODE' : PAGE);
  });

  const ZEROS = Buffer.alloc(64 * 1024 * 1024);

  test.each([
    ['gzip', gzipSync(ZEROS)],
    ['deflate', deflateSync(ZEROS)],
    ['deflate, raw', deflateRawSync(ZEROS)],
    ['br', brotliCompressSync(ZEROS, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['gzip, gzip', gzipSync(gzipSync(ZEROS))],
  ])('unpacks no more of a bomb than is read: %s', async (encoding, bomb) => {
    const before = process.memoryUsage.rss();
    const body = inPieces(bomb, 16 * 1024).on('error', () => undefined);
    const closed = new Promise((resolve) => body.once('close', resolve));
    const unpacked = decompressed(body, encoding.replace(', raw', ''));
    let length = 0;
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length >= 1024 * 1024) break;
    }
    expect(length).toBeLessThan(1024 * 1024 + 64 * 1024);
    expect(process.memoryUsage.rss() - before).toBeLessThan(24 * 1024 * 1024);
    await closed;
  });
});

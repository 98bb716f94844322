import { Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { FetchFailed } from './fetch-failed.js';

/** Node has zstd from 22.15 on; its types here are those of Node 20. */
const createZstdDecompress = (zlib as { createZstdDecompress?: (options: object) => Transform })
  .createZstdDecompress;

/** In bytes: larger than zlib's own, as each piece is another trip to a thread of libuv's, which costs more than a page's decompression. */
const PIECES = { chunkSize: 128 * 1024 };

/** ZSTD_d_windowLogMax. Content encodings may use windows of 8 MiB and no larger ones (RFC 9659), where the format has gigabytes. */
const ZSTD_WINDOW = { params: { 100: 23 } };

/** What `Accept-Encoding` may offer: what `decompressed` undoes. */
export const ACCEPTED_ENCODINGS = ['gzip', 'deflate', 'br', ...(createZstdDecompress ? ['zstd'] : [])].join(
  ', ',
);

/** Undoes `Content-Encoding`. Lazily, so that a bomb is never unpacked further than someone reads. */
export function decompressed(body: Readable, contentEncoding: string | undefined): Readable {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > 2)
    throw new FetchFailed('EDECODE', `The body is encoded ${codings.length} times over.`);
  return codings.toReversed().reduce(withoutCoding, body);
}

function withoutCoding(body: Readable, coding: string): Readable {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return through(body, zlib.createGunzip(PIECES));
    case 'br':
      return through(body, zlib.createBrotliDecompress(PIECES));
    case 'deflate':
      return heldBack(Readable.from(inflated(body)));
    case 'zstd':
      if (createZstdDecompress !== undefined) return through(body, createZstdDecompress(ZSTD_WINDOW));
  }
  throw new FetchFailed('EDECODE', `The body has an unknown encoding.`);
}

/** "deflate" should be zlib-wrapped; some servers send it raw. The first byte tells. */
async function* inflated(body: Readable): AsyncGenerator<Buffer> {
  const pieces = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const isWrapped = ((first.value[0] ?? 0) & 0x0f) === 0x08;
  const source = heldBack(Readable.from(continued(first.value, pieces)));
  yield* through(source, isWrapped ? zlib.createInflate(PIECES) : zlib.createInflateRaw(PIECES));
}

/** A stream from its first piece on, which was taken off it to look at. */
export async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * Both end when one does: what fails above is seen below, and who stops reading below closes the connection. Not by `pipeline`, which ends by an exception of its own, for nobody,
 * and takes a sixth of a page's decompression.
 */
function through(source: Readable, decoder: Transform): Readable {
  source.once('error', (error) => decoder.destroy(error));
  source.once('close', () => {
    if (!source.readableEnded) decoder.destroy(new Error('It ended before its end.'));
  });
  decoder.once('close', () => source.destroy());
  return heldBack(source.pipe(decoder));
}

/** Whoever reads meets the error; without this one that comes before the first read, or after the last, would end the process. */
function heldBack(stream: Readable): Readable {
  return stream.on('error', () => undefined);
}

import { type Readable, Transform } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { FetchFailed } from './fetch-failed.js';

/** What `Accept-Encoding` may offer: what `decompressed` undoes. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** How much of a page is looked at for a declared charset, as the HTML standard has it. */
const PRESCAN_BYTES = 1024;

/** Undoes `Content-Encoding`. Lazily, so that a bomb is never unpacked further than someone reads. */
export function decompressed(body: Readable, contentEncoding: string | undefined): Readable {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > 2)
    throw new FetchFailed('EDECODE', `The body is encoded ${codings.length} times over.`);
  return codings.toReversed().reduce((stream, coding) => piped(stream, decompressor(coding)), body);
}

/** Text of a page, piece by piece as it arrives, in the charset that BOM, header or a `meta` element near the start declares. */
export async function* decodedText(
  bytes: AsyncIterable<Buffer>,
  contentType: string | undefined,
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let start = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < PRESCAN_BYTES) continue;
    decoder = decoderOf(start, contentType);
    yield decoder.decode(start, { stream: true });
  }
  decoder ??= decoderOf(start, contentType);
  yield start.length < PRESCAN_BYTES ? decoder.decode(start) : decoder.decode();
}

function decoderOf(start: Buffer, contentType: string | undefined): TextDecoder {
  for (const label of [bomCharset(start), headerCharset(contentType), metaCharset(start)]) {
    const decoder = label === undefined ? undefined : decoderFor(label);
    if (decoder !== undefined) return decoder;
  }
  return new TextDecoder('utf-8');
}

/** @returns undefined for a label that no browser knows either */
function decoderFor(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

function bomCharset(start: Buffer): string | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  return undefined;
}

function headerCharset(contentType: string | undefined): string | undefined {
  return /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1];
}

function metaCharset(start: Buffer): string | undefined {
  const head = start.subarray(0, PRESCAN_BYTES).toString('latin1');
  const label = /<meta[^>]+charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(head)?.[1];
  // A page that could be read this far is no UTF-16, whatever it says of itself (HTML standard, prescan).
  return label !== undefined && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

function decompressor(coding: string): Transform {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return inflateOfEitherKind();
    default:
      throw new FetchFailed('EDECODE', `The body has an unknown encoding.`);
  }
}

/** "deflate" should be zlib-wrapped; some servers send it raw. The first byte tells. */
function inflateOfEitherKind(): Transform {
  let inflate: Transform | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (inflate === undefined) {
        inflate = ((chunk[0] ?? 0) & 0x0f) === 0x08 ? createInflate() : createInflateRaw();
        inflate.on('data', (data: Buffer) => this.push(data));
        inflate.on('error', (error) => this.destroy(error));
      }
      inflate.write(chunk, () => done());
    },
    flush(done) {
      if (inflate === undefined) return done();
      inflate.once('end', () => done());
      inflate.end();
    },
  });
}

function piped(source: Readable, decoder: Transform): Readable {
  source.once('error', (error) => decoder.destroy(error));
  decoder.once('close', () => source.destroy());
  return source.pipe(decoder);
}

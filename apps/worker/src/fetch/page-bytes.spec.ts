import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { pageBytes } from './page-bytes.js';

const MAX_BYTES = 1024 * 1024;

const PAGE = Buffer.from(`<title>é</title>${'<p>And so on.'.repeat(10_000)}`);

/** A body that has arrived so far, and goes on when it is told to. */
function body(...arrived: readonly Buffer[]): Readable {
  const stream = new Readable({ read: () => undefined }).on('error', () => undefined);
  for (const piece of arrived) stream.push(piece);
  return stream;
}

function whole(bytes: Buffer): Readable {
  const stream = body(bytes.subarray(0, 7), bytes.subarray(7));
  stream.push(null);
  return stream;
}

async function read(bytes: AsyncIterable<Buffer>): Promise<{ got: Buffer; error: unknown }> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of bytes) pieces.push(piece);
    return { got: Buffer.concat(pieces), error: undefined };
  } catch (error) {
    return { got: Buffer.concat(pieces), error };
  }
}

const CODINGS = [
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
] as const;

describe.each(CODINGS)('a body in %s', (coding, compress) => {
  test('is undone', async () => {
    expect(await read(pageBytes(whole(compress(PAGE)), coding.toUpperCase(), MAX_BYTES))).toEqual({
      got: PAGE,
      error: undefined,
    });
  });

  test('is undone where it is large', async () => {
    const large = randomBytes(300 * 1024);
    expect(await read(pageBytes(whole(compress(large)), coding, MAX_BYTES))).toEqual({
      got: large,
      error: undefined,
    });
  });

  test('comes to more than is ever looked at', async () => {
    const bomb = Buffer.alloc(3 * MAX_BYTES);
    const { got } = await read(pageBytes(whole(compress(bomb)), coding, MAX_BYTES));
    expect(got.length).toBe(bomb.length);
  });

  test('is broken', async () => {
    const broken = compress(PAGE);
    broken.fill(0xff, broken.length / 2);
    expect((await read(pageBytes(whole(broken), coding, MAX_BYTES))).error).toBeDefined();
  });

  test('breaks off: that is an error, after what had come', async () => {
    const noise = randomBytes(60 * 1024);
    const stream = body(compress(noise).subarray(0, 40 * 1024));
    const reading = read(pageBytes(stream, coding, MAX_BYTES));
    setImmediate(() => stream.destroy(new Error('the line is dead')));
    const { got, error } = await reading;
    expect(error).toEqual(new Error('the line is dead'));
    expect(got.length).toBeGreaterThan(1024);
    expect(noise.subarray(0, got.length)).toEqual(got);
  });

  test('comes to more than is unpacked at once', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'abc');
    const pieces: Buffer[] = [];
    for await (const piece of pageBytes(whole(compress(large)), coding, 8 * 1024 * 1024)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).equals(large)).toBe(true);
  });

  test('goes on slowly: its beginning isn’t waited for', async () => {
    const noise = randomBytes(60 * 1024);
    const stream = body(compress(noise).subarray(0, 40 * 1024));
    const pieces = pageBytes(stream, coding, MAX_BYTES)[Symbol.asyncIterator]();
    const first = await pieces.next();
    expect(noise.subarray(0, 1024)).toEqual((first.value as Buffer).subarray(0, 1024));
    await pieces.return?.();
    expect(stream.destroyed).toBe(true);
  });

  test('is closed where reading ends', async () => {
    const stream = body(compress(PAGE));
    const closed = once(stream, 'close');
    for await (const _ of pageBytes(stream, coding, MAX_BYTES)) break;
    await closed;
  });
});

test('what isn’t compressed passes as it is', async () => {
  expect(await read(pageBytes(whole(PAGE), undefined, MAX_BYTES))).toEqual({ got: PAGE, error: undefined });
});

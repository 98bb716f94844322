import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A document as text, in pieces, and what it looks like. */
export interface Document {
  readonly kind: 'list' | 'xml';
  readonly text: AsyncIterable<string>;
}

/** Reads bytes as UTF-8, gzipped or not, and says by the first character whether it is XML: names of files and content types are wrong too often. */
export async function documentIn(bytes: AsyncIterable<Uint8Array>): Promise<Document> {
  const pieces = decoded(unpacked(bytes))[Symbol.asyncIterator]();
  let start = '';
  let isOver = false;
  while (!isOver && start.trim() === '') {
    const { value, done } = await pieces.next();
    isOver = done === true;
    start = start.trim() + (value ?? ''); // blanks alone are nothing to keep
  }
  return { kind: start.trimStart().startsWith('<') ? 'xml' : 'list', text: following(start, pieces) };
}

async function* following(start: string, pieces: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield start;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
}

async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of bytes) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  for (let next; first.length < 2 && (next = await pieces.next()).done !== true;)
    first = Buffer.concat([first, next.value]);
  const whole = startingWith(first, pieces);
  if (first[0] === 0x1f && first[1] === 0x8b)
    yield* pipeline(Readable.from(whole), createGunzip(), () => undefined); // who reads hears of errors, too
  else yield* whole;
}

async function* startingWith(
  first: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
}

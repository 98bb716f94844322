import type { TextDecoder } from 'node:util';
import { type CharsetHints, declaredCharset, decoderFor, detectedCharset } from './charset.js';

/** Where a declared charset is looked for first; as much as the HTML standard asks for. */
const FIRST_LOOK_BYTES = 1024;

/** How much of a page is held back at the most while its charset isn't known. Inlined styles like to come before the `meta`. */
const LAST_LOOK_BYTES = 64 * 1024;

/** Text of a page, piece by piece as it arrives. It is held back only while its charset isn't known. */
export async function* decodedText(
  bytes: AsyncIterable<Buffer>,
  hints: CharsetHints,
): AsyncGenerator<string> {
  let decoder: Pick<TextDecoder, 'decode'> | undefined;
  let held: Buffer[] = [];
  let size = 0;
  let nextLook = FIRST_LOOK_BYTES;
  for await (const chunk of bytes) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    held.push(chunk);
    size += chunk.length;
    if (size < nextLook) continue;
    const start = Buffer.concat(held);
    decoder = decoderOf(start, hints, size >= LAST_LOOK_BYTES);
    if (decoder !== undefined) yield decoder.decode(start, { stream: true });
    held = decoder === undefined ? [start] : [];
    nextLook = Math.min(2 * size, LAST_LOOK_BYTES); // twice as far each time, or looking would cost more than reading
  }
  yield decoder === undefined ? textOf(Buffer.concat(held), hints) : decoder.decode();
}

/** Text of what is there as a whole. */
export function textOf(bytes: Buffer, hints: CharsetHints): string {
  const decoder = decoderFor(declaredCharset(bytes, hints.contentType) ?? detectedCharset(bytes, hints));
  // In two steps: in one Node 20 takes windows-1252 for Latin-1, whose quotation marks are control characters.
  return decoder.decode(bytes, { stream: true }) + decoder.decode();
}

function decoderOf(start: Buffer, hints: CharsetHints, isLastLook: boolean) {
  const charset =
    declaredCharset(start, hints.contentType) ?? (isLastLook ? detectedCharset(start, hints) : undefined);
  return charset === undefined ? undefined : decoderFor(charset);
}

import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { decompressed } from './body-decoder.js';

const CHUNK_BYTES = 128 * 1024;

/**
 * Undoes a coding here and now.
 *
 * @param isWhole whether that is all; of what isn't there is as much as it says
 * @throws where the bytes are broken, or come to more than they may
 */
type UndoAtOnce = (bytes: Buffer, maxOutputLength: number, isWhole: boolean) => Buffer;

const { Z_FINISH, Z_SYNC_FLUSH, BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH } = zlib.constants;

/** By name; what else there is, or several codings, goes through streams. */
const AT_ONCE: ReadonlyMap<string, UndoAtOnce> = new Map([
  [
    'gzip',
    (bytes, maxOutputLength, isWhole) =>
      zlib.gunzipSync(bytes, {
        chunkSize: CHUNK_BYTES,
        maxOutputLength,
        finishFlush: isWhole ? Z_FINISH : Z_SYNC_FLUSH,
      }),
  ],
  [
    'br',
    (bytes, maxOutputLength, isWhole) =>
      zlib.brotliDecompressSync(bytes, {
        chunkSize: CHUNK_BYTES,
        maxOutputLength,
        finishFlush: isWhole ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH,
      }),
  ],
]);

/** How much compressed body is small, in bytes, and how long it may take to arrive, in ms. */
const SMALL_BYTES = 64 * 1024;
const PATIENCE_MS = 100;

/** Most that is unpacked at once, in bytes: it holds up the event loop. */
const MOST_BYTES = 1024 * 1024;

/**
 * A body without its `Content-Encoding`. Most pages are small and arrive in one go. These are undone at once, in a tenth of a millisecond of the event loop: to hand them to libuv's threads and
 * take them back costs it three times that. What is large, slow, broken or a bomb goes through streams, as far as somebody reads.
 *
 * @param maxBytes more than this isn't wanted
 */
export function pageBytes(
  body: Readable,
  contentEncoding: string | undefined,
  maxBytes: number,
): AsyncIterable<Buffer> {
  const undo = AT_ONCE.get(contentEncoding?.trim().toLowerCase() ?? '');
  if (undo === undefined) return decompressed(body, contentEncoding);
  const most = Math.min(maxBytes, MOST_BYTES);
  const atOnce = (bytes: Buffer, isWhole: boolean) => unlessBroken(() => undo(bytes, most, isWhole));
  return undone(body, atOnce, (compressed) => decompressed(compressed, contentEncoding));
}

async function* undone(
  body: Readable,
  atOnce: (bytes: Buffer, isWhole: boolean) => Buffer | undefined,
  inStreams: (compressed: Readable) => Readable,
): AsyncGenerator<Buffer> {
  try {
    const arriving = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    const start = await gathered(arriving);
    const { next, failure } = start;
    const got = next === undefined ? atOnce(Buffer.concat(start.held), failure === undefined) : undefined;
    if (got !== undefined) yield got;
    else if (failure === undefined) yield* inStreams(Readable.from(resumed(start, arriving)));
    if (failure !== undefined) throw failure.reason;
  } finally {
    body.destroy();
  }
}

/** What arrives while it is small and the patience lasts. */
interface Gathered {
  readonly held: readonly Buffer[];
  /** What was waited for then. None: that was all that comes. */
  readonly next?: Promise<IteratorResult<Buffer>>;
  /** Why no more comes. */
  readonly failure?: { readonly reason: unknown };
}

async function gathered(arriving: AsyncIterator<Buffer>): Promise<Gathered> {
  const held: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, 'late');
  });
  try {
    for (let size = 0; ;) {
      const next = withoutAlarm(arriving.next());
      if (size > SMALL_BYTES) return { held, next };
      const arrived = await Promise.race([next, late]);
      if (arrived === 'late') return { held, next };
      if (arrived.done === true) return { held };
      held.push(arrived.value);
      size += arrived.value.length;
    }
  } catch (reason) {
    return { held, failure: { reason } };
  } finally {
    clearTimeout(timer);
  }
}

async function* resumed({ held, next }: Gathered, arriving: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* held;
  for (let piece = await next; piece !== undefined && piece.done !== true; piece = await arriving.next())
    yield piece.value;
}

/** Whoever takes it meets its failure; when nobody does, it is none. */
function withoutAlarm<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function unlessBroken<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

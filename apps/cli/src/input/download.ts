import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { UnreadableInput } from './lines.js';

/** Longest time for a whole document, and without a byte of it, in ms. */
const DEADLINE_MS = 600_000;
const IDLE_MS = 30_000;

/** Most bytes of a document as it comes; the protocol allows 50 MiB of each sitemap. */
const MOST_BYTES = 256 * 1024 * 1024;

/** A document that was brought here. */
export interface Download {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Brings a document into a file of its own: warming takes as long as the pages do, and no server keeps a connection open for that.
 *
 * @throws {UnreadableInput} {Error} with the reason; or what `signal` was aborted with
 */
export async function download(url: string, signal: AbortSignal): Promise<Download> {
  const folder = await mkdtemp(join(tmpdir(), 'warmlink-input-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'document');
  const idle = new AbortController();
  const timer = setTimeout(
    () => idle.abort(new UnreadableInput(`${url}: no byte in ${IDLE_MS / 1_000} s`)),
    IDLE_MS,
  );
  try {
    const within = AbortSignal.any([signal, idle.signal, AbortSignal.timeout(DEADLINE_MS)]);
    const response = await fetch(url, { signal: within });
    if (!response.ok || response.body === null) throw new UnreadableInput(`${url}: HTTP ${response.status}`);
    const bounded = async function* (body: AsyncIterable<Uint8Array>) {
      let bytes = 0;
      for await (const piece of body) {
        timer.refresh();
        bytes += piece.length;
        if (bytes > MOST_BYTES) throw new UnreadableInput(`${url}: more than ${MOST_BYTES} bytes`);
        yield piece;
      }
    };
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    await pipeline(body, bounded, createWriteStream(path), { signal: within });
    return { path, remove };
  } catch (error) {
    await remove();
    signal.throwIfAborted();
    throw idle.signal.aborted ? idle.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

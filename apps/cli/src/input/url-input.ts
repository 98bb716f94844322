import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { UsageError } from '../usage.js';
import { documentIn } from './document.js';
import { download } from './download.js';
import { listedUrls, UnreadableInput } from './lines.js';
import { sitemapEntries } from './sitemap.js';

/** Indexes name sitemaps, and those name pages; some sites have one step more. */
const DEEPEST_INDEX = 3;

/** Sitemaps of one index; as many as the protocol allows. */
const MOST_SITEMAPS = 50_000;

/** Told of a part of the input that is left out, and why. */
export type OnProblem = (problem: string) => void;

/** A list of URLs, of any length: a file, what a URL gives, or standard input; a line each or a sitemap, gzipped or not. Read piece by piece. */
export class UrlInput {
  /** @param name a path, an http(s) URL, or `-` @throws {UsageError} for a file that isn't there */
  constructor(private readonly name: string) {
    if (this.isFile && statSync(name, { throwIfNoEntry: false })?.isFile() !== true)
      throw new UsageError(`${name} is no file.`);
  }

  /** Whether it is a file of this machine: it can be read twice, and something can be left beside it. */
  get isFile(): boolean {
    return this.name !== '-' && !isWebUrl(this.name);
  }

  /** @throws {UnreadableInput} {Error} when it can't be read; or what `signal` was aborted with */
  async *urls(signal: AbortSignal, onProblem: OnProblem): AsyncGenerator<string> {
    try {
      if (isWebUrl(this.name)) yield* fetched(this.name, 0, signal, onProblem);
      else if (this.isFile) yield* within(createReadStream(this.name), undefined, 0, signal, onProblem);
      else yield* within(addAbortSignal(signal, process.stdin), undefined, 0, signal, onProblem);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  /** How many there are, where looking costs no more than reading a file; else undefined. */
  async count(signal: AbortSignal): Promise<number | undefined> {
    if (!this.isFile) return undefined;
    const { kind, text } = await documentIn(createReadStream(this.name));
    let urls = 0;
    if (kind === 'list') for await (const _ of listedUrls(text)) urls += checked(signal);
    else
      for await (const entry of sitemapEntries(text)) {
        if (entry.kind === 'sitemap') return undefined;
        urls += checked(signal);
      }
    return urls;
  }
}

function checked(signal: AbortSignal): 1 {
  signal.throwIfAborted();
  return 1;
}

async function* fetched(
  url: string,
  depth: number,
  signal: AbortSignal,
  onProblem: OnProblem,
): AsyncGenerator<string> {
  const document = await download(url, signal);
  try {
    yield* within(createReadStream(document.path), url, depth, signal, onProblem);
  } finally {
    await document.remove();
  }
}

/** @param from where the bytes came from; undefined: from this machine */
async function* within(
  bytes: AsyncIterable<Uint8Array>,
  from: string | undefined,
  depth: number,
  signal: AbortSignal,
  onProblem: OnProblem,
): AsyncGenerator<string> {
  const { kind, text } = await documentIn(bytes);
  if (kind === 'list') return yield* listedUrls(text);
  const sitemaps: string[] = [];
  for await (const { kind, url } of sitemapEntries(text)) {
    if (kind === 'page') yield url;
    else if (sitemaps.push(url) > MOST_SITEMAPS)
      throw new UnreadableInput(`An index names more than ${MOST_SITEMAPS} sitemaps.`);
  }
  for (const sitemap of sitemaps) yield* indexed(sitemap, from, depth + 1, signal, onProblem);
}

/** A sitemap of an index. One that can't be had costs only itself. */
async function* indexed(
  url: string,
  from: string | undefined,
  depth: number,
  signal: AbortSignal,
  onProblem: OnProblem,
): AsyncGenerator<string> {
  try {
    if (depth >= DEEPEST_INDEX) throw new UnreadableInput(`${url}: indexes within indexes go too deep`);
    if (!isOfSameSite(url, from))
      throw new UnreadableInput(`${url}: an index names sitemaps of its own host alone`);
    yield* fetched(url, depth, signal, onProblem);
  } catch (error) {
    signal.throwIfAborted();
    onProblem(error instanceof UnreadableInput ? error.message : `${url}: ${reasonOf(error)}`);
  }
}

/** A stranger's index has nobody look into the network that this command runs in. One that lies on this machine may name what it likes. */
function isOfSameSite(url: string, from: string | undefined): boolean {
  if (!isWebUrl(url)) return false;
  return from === undefined || new URL(url).host === new URL(from).host;
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

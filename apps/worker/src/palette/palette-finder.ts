import type { PaletteJobData } from '#libs/jobs';
import { type Picture, type PictureColors, type PreviewMedia, uncolored } from '#libs/preview';
import type { PreviewStoreReader } from '#libs/store';
import { mediaTypeOf } from '../fetch/media-type.js';
import { single } from '../fetch/page-response.js';
import { measured } from '../pictures/picture-facts.js';
import type { PictureNotes } from '../pictures/picture-notes.js';
import type { PoliteAnswer, PoliteFetcher } from '../pictures/polite-fetcher.js';
import type { PictureDecoder } from './picture-decoder.js';

/** Longest time for one picture, redirects included, in ms, and the largest that is taken, in bytes. */
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 5 * 1024 * 1024;

/** What is worth decoding, and what isn't worth fetching. */
const DECODABLE = /^image\/(jpeg|png|webp|gif|avif)$/;
const UNDECODABLE = new Set<string | null | undefined>(['svg', 'ico', 'bmp', 'heic']);

/** Where a host has no room: when to come back, in ms. */
export interface ComeBack {
  readonly inMs: number;
}

/** The colours of a page's pictures, for a reader who asked for them. Whatever fails costs its picture alone, and is no job's failure. */
export class PaletteFinder {
  constructor(
    private readonly store: Pick<PreviewStoreReader, 'find'>,
    private readonly fetcher: Pick<PoliteFetcher, 'fetch'>,
    private readonly decoder: Pick<PictureDecoder, 'colorsOf'>,
    private readonly notes: Pick<PictureNotes, 'add'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Looks at the pictures that the stored copy names by now and nobody has looked at; often that is none, as somebody else's job was faster. */
  async find({ key }: PaletteJobData, signal: AbortSignal): Promise<ComeBack | undefined> {
    const entry = await this.store.find(key);
    if (entry?.preview == null) return undefined;
    const found: Partial<Record<Picture, PreviewMedia>> = {};
    let comeBack: ComeBack | undefined;
    for (const [name, picture] of uncolored(entry.preview)) {
      const seen = await this.look(picture, signal);
      if ('inMs' in seen) comeBack = seen;
      else found[name] = seen;
    }
    await this.notes.add(entry, found);
    return comeBack;
  }

  private async look(picture: PreviewMedia, signal: AbortSignal): Promise<PreviewMedia | ComeBack> {
    const { url, type, size } = picture;
    if (UNDECODABLE.has(type) || (size ?? 0) > MAX_BYTES) return { url, colors: null };
    try {
      const end = await this.fetcher.fetch({
        url,
        accept: 'image/avif,image/webp,image/*',
        maxBytes: MAX_BYTES,
        timeoutMs: TIMEOUT_MS,
        isAwaited: true,
        signal,
      });
      if (end.kind === 'later') return end;
      return end.kind === 'refused' ? { url, colors: 'failed' } : await this.seen(picture, end);
    } catch (error) {
      if (signal.aborted) throw error; // another worker does it
      this.onError(error);
      return { url, colors: 'failed' };
    }
  }

  /** With its colours what else can be seen: whoever measures it may have been slower. */
  private async seen(
    picture: PreviewMedia,
    { answer }: Extract<PoliteAnswer, { kind: 'answer' }>,
  ): Promise<PreviewMedia> {
    const isDecodable = DECODABLE.test(mediaTypeOf(single(answer.headers['content-type']), answer.bytes));
    const colors: PictureColors | null =
      isDecodable && !answer.isCut ? await this.decoder.colorsOf(answer.bytes) : null;
    return { ...measured(picture, answer), colors };
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import {
  type LinkPreview,
  type Picture,
  picturesOf,
  type PreviewEntry,
  type PreviewMedia,
} from '#libs/preview';
import type { WorkSlots } from '../previews/work-slots.js';
import { measured } from './picture-facts.js';
import type { PictureNotes } from './picture-notes.js';
import type { PoliteFetcher } from './polite-fetcher.js';
import { SeenPictures } from './seen-pictures.js';

/** Longest time for one picture, redirects included, in ms, and most of it that is read, in bytes. */
const TIMEOUT_MS = 2_000;
const MAX_BYTES = 64 * 1024;

/** Most pages whose pictures are looked at, or wait for it; of those beyond they stay unknown until the next visit. */
const MAX_PAGES = 100;

/** How often a host may say "later". */
const MAX_TURNS = 3;

/** Looks at a page's pictures once readers have its preview and the worker has a hand free, and adds what it found. Whatever fails leaves the preview as it is. */
@Injectable()
export class PictureMeasurer implements BeforeApplicationShutdown {
  private readonly closing = new AbortController();
  private readonly pages = new Set<Promise<void>>();
  private readonly seen = new SeenPictures();

  constructor(
    private readonly fetcher: PoliteFetcher,
    private readonly notes: PictureNotes,
    private readonly slots: Pick<WorkSlots, 'occupySpare'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param entry the copy that was stored, as it was stored */
  measureLater(entry: PreviewEntry): void {
    const { preview } = entry;
    if (preview === null || this.pages.size >= MAX_PAGES || this.closing.signal.aborted) return;
    if (unmeasured(preview).length === 0) return;
    const page = this.slots.occupySpare(() => this.measure(entry, preview)).catch(this.onError);
    this.pages.add(page);
    void page.finally(() => this.pages.delete(page));
  }

  /** Resolves when nothing that was begun is under way any more. */
  async idle(): Promise<void> {
    await Promise.all(this.pages);
  }

  /** What is under way is given up, before what it stores into is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.idle();
  }

  private async measure(entry: PreviewEntry, preview: LinkPreview): Promise<void> {
    const found: Partial<Record<Picture, PreviewMedia>> = {};
    if (this.closing.signal.aborted) return;
    for (const [name, picture] of unmeasured(preview)) {
      const seen = await this.seen
        .find(picture.url, () => this.look(picture))
        .catch((error: unknown) => {
          this.onError(error);
          return undefined;
        });
      if (seen !== undefined) found[name] = seen;
    }
    await this.notes.add(entry, found);
  }

  /** As any visit that nobody waits for: by robots.txt, and when the host has room. */
  private async look(picture: PreviewMedia): Promise<PreviewMedia | undefined> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const end = await this.fetcher.fetch({
        url: picture.url,
        accept: 'image/*',
        maxBytes: MAX_BYTES,
        isBeginningEnough: true,
        timeoutMs: TIMEOUT_MS,
        isAwaited: false,
        signal: this.closing.signal,
      });
      if (end.kind === 'answer') return measured(picture, end.answer);
      if (end.kind === 'refused') return undefined;
      await pause(end.inMs, undefined, { ref: false, signal: this.closing.signal });
    }
    return undefined;
  }
}

function unmeasured(preview: LinkPreview): ReturnType<typeof picturesOf> {
  return picturesOf(preview).filter(([, { type }]) => type === undefined);
}

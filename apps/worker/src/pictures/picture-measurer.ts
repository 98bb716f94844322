import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { PreviewCache } from '#libs/cache';
import {
  canonicalUrl,
  type Clock,
  type LinkPreview,
  type PreviewEntry,
  type PreviewMedia,
} from '#libs/preview';
import type { PreviewStoreWriter } from '#libs/store';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { SmallFetcher } from '../fetch/small-fetcher.js';
import type { HostPlaces, Place } from '../politeness/host-places.js';
import { visitEnd } from '../politeness/polite-scraper.js';
import type { Robots } from '../politeness/robots.js';
import { visitedHost } from '../politeness/visited-host.js';
import type { WorkSlots } from '../previews/work-slots.js';
import { type Picture, unknownPictures } from './known-pictures.js';
import { measured } from './picture-facts.js';

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

  constructor(
    private readonly fetcher: Pick<SmallFetcher, 'fetch'>,
    private readonly robots: Pick<Robots, 'ruling'>,
    private readonly places: Pick<HostPlaces, 'ask'>,
    private readonly store: Pick<PreviewStoreWriter, 'amend'>,
    private readonly cache: Pick<PreviewCache, 'publish'>,
    private readonly clock: Clock,
    private readonly slots: Pick<WorkSlots, 'occupySpare'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @param entry the copy that was stored, as it was stored */
  measureLater(entry: PreviewEntry): void {
    const { preview } = entry;
    if (preview === null || this.pages.size >= MAX_PAGES || this.closing.signal.aborted) return;
    if (unknownPictures(preview).length === 0) return;
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
    for (const [name, picture] of unknownPictures(preview)) {
      const seen = await this.look(picture).catch((error: unknown) => {
        this.onError(error);
        return undefined;
      });
      if (seen !== undefined) found[name] = seen;
    }
    if (Object.keys(found).length === 0) return;
    const amended = await this.store.amend(entry, { ...preview, ...found });
    if (amended !== undefined) await this.cache.publish(amended, this.clock.now());
  }

  /** As any visit that nobody waits for: by robots.txt, and when the host has room. */
  private async look(picture: PreviewMedia): Promise<PreviewMedia | undefined> {
    const url = canonicalUrl(picture.url);
    const ruling = await this.robots.ruling(url, false);
    if (ruling.kind === 'failure' || !ruling.isAllowed) return undefined;
    const place = await this.place(visitedHost(url), ruling.crawlDelayMs);
    if (place === undefined) return undefined;
    let end: Parameters<Place['leave']>[0] = { kind: 'other' };
    try {
      const answer = await this.fetcher.fetch({
        url: picture.url,
        accept: 'image/*',
        maxBytes: MAX_BYTES,
        isBeginningEnough: true,
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      end = { kind: 'well' };
      return measured(picture, answer);
    } catch (error) {
      if (error instanceof FetchFailed)
        end = visitEnd({ kind: 'failure', fetchUrl: picture.url, outcome: error.failure });
      throw error;
    } finally {
      await place.leave(end);
    }
  }

  private async place(host: string, spacingMs: number): Promise<Place | undefined> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const answer = await this.places.ask(host, { isAwaited: false, spacingMs });
      if (answer.kind === 'place') return answer;
      if (answer.kind === 'resting') return undefined;
      await pause(answer.inMs, undefined, { ref: false, signal: this.closing.signal });
    }
    return undefined;
  }
}

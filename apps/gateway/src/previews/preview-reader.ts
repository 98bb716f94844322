import { Injectable } from '@nestjs/common';
import { type Found, PreviewCache } from '#libs/cache';
import { PreviewQueue } from '#libs/jobs';
import {
  type CanonicalUrl,
  canonicalUrl,
  Clock,
  freshness,
  type PreviewKey,
  previewKey,
  ReadTimedOut,
  StoresUnavailable,
} from '#libs/preview';
import { PreviewStoreReader } from '#libs/store';

/** What a read found, and whether the reader had to wait for a scrape. */
export interface PreviewAnswer extends Found {
  readonly scraped: boolean;
}

export interface PreviewReaderOptions {
  /** Longest time that a read waits for a scrape, in ms. */
  readonly waitMs: number;
}

/** Journeys 1 and 2 as a reader sees them: what is fresh is answered at once, what is missing is scraped first. */
@Injectable()
export class PreviewReader {
  constructor(
    private readonly cache: PreviewCache,
    private readonly store: PreviewStoreReader,
    private readonly queue: PreviewQueue,
    private readonly clock: Clock,
    private readonly options: PreviewReaderOptions,
  ) {}

  /**
   * @throws {InvalidUrl} {ReadTimedOut} {QueueBusy} {StoresUnavailable}
   */
  async read(input: string): Promise<PreviewAnswer> {
    const url = canonicalUrl(input);
    const key = previewKey(url);
    const found = await this.find(key);
    if (found !== undefined && this.isFresh(found)) return { ...found, scraped: false };
    return this.scrapeThenRead(key, url, found?.entry.version ?? null);
  }

  private async scrapeThenRead(
    key: PreviewKey,
    url: CanonicalUrl,
    seenVersion: number | null,
  ): Promise<PreviewAnswer> {
    const job = await this.queue.add('scrape', { key, url, seenVersion });
    await this.queue.waitForEnd(job, this.options.waitMs);
    // Whatever became of the job or of the news about it, the cache knows whether there is a preview now.
    const found = await this.find(key);
    // Newer than what was there is the scrape's answer, even if its lifetime is over already.
    if (found === undefined || found.entry.version <= (seenVersion ?? 0))
      throw new ReadTimedOut(this.options.waitMs);
    return { ...found, scraped: true };
  }

  private async find(key: PreviewKey): Promise<Found | undefined> {
    try {
      return await this.cache.find(key, this.clock.now(), (missed) => this.store.find(missed));
    } catch (error) {
      throw new StoresUnavailable({ cause: error });
    }
  }

  private isFresh({ entry }: Found): boolean {
    return freshness(entry, this.clock.now()) === 'fresh';
  }
}

import { PreviewCache } from '#libs/cache';
import type { PreviewJobData, PreviewJobResult } from '#libs/jobs';
import { type Clock, type Lifetimes, lifetimeMs, type PreviewEntry } from '#libs/preview';
import { PreviewStoreReader, PreviewStoreWriter, type UnversionedEntry } from '#libs/store';
import { PageScraper, type Scraped } from './page-scraper.js';

/** Journey 2, the worker's half: go to the site, store what is there, then put it where readers look. */
export class PreviewUpdater {
  constructor(
    private readonly stored: PreviewStoreReader,
    private readonly scraper: PageScraper,
    private readonly store: PreviewStoreWriter,
    private readonly cache: PreviewCache,
    private readonly clock: Clock,
    private readonly lifetimes: Lifetimes,
  ) {}

  async update({ key, url, seenVersion }: PreviewJobData): Promise<PreviewJobResult> {
    const held = await this.stored.find(key);
    if (held !== undefined && held.version > (seenVersion ?? 0)) return this.publish(held, 'already-stored');

    const scraped = await this.scraper.scrape(url);
    const entry = this.entryOf({ key, url }, scraped, held);
    const saved = await this.store.save(entry, held?.version ?? null);
    if (saved !== undefined) return this.publish(saved, 'scraped');

    // Another worker had this job meanwhile (ours looked dead): what it stored is newer than what we hold.
    const newer = await this.stored.find(key);
    if (newer === undefined) throw new Error(`${key} was neither stored nor found`);
    return this.publish(newer, 'already-stored');
  }

  /** The store comes first: what readers see in Redis must not be lost with it. */
  private async publish(entry: PreviewEntry, work: PreviewJobResult['work']): Promise<PreviewJobResult> {
    await this.cache.put(entry, this.clock.now());
    const { outcome, version } = entry;
    return outcome.kind === 'success'
      ? { outcome: 'success', reason: null, version, work }
      : { outcome: outcome.code, reason: outcome.reason, version, work };
  }

  private entryOf(
    { key, url }: Pick<PreviewJobData, 'key' | 'url'>,
    { fetchUrl, preview, outcome }: Scraped,
    held: PreviewEntry | undefined,
  ): UnversionedEntry {
    const now = this.clock.now();
    const freshUntil = now + lifetimeMs(outcome, this.lifetimes);
    return {
      key,
      url,
      fetchUrl,
      preview: preview ?? held?.preview ?? null, // a failure keeps the last good copy
      outcome,
      facets: held?.facets ?? {},
      tags: held?.tags ?? [],
      fetchedAt: now,
      freshUntil,
      staleUntil: freshUntil,
    };
  }
}

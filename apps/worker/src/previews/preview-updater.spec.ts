import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PreviewCache } from '#libs/cache';
import { NO_MEMORY, type PreviewEntry, type ScrapeMemory, type Validators } from '#libs/preview';
import type { PreviewStoreWriter, SaveResult, ScrapeEnd, ScrapeStart } from '#libs/store';
import { aFailure, anEntry, aPreview } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import type { PoliteScraper, Visited } from '../politeness/polite-scraper.js';
import { DEFAULT_POLICY } from './freshness-policy.js';
import { PreviewUpdater } from './preview-updater.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const { key, url, fetchUrl } = anEntry();
const aPage = {
  kind: 'page',
  fetchUrl,
  preview: aPreview({ title: 'New' }),
  oembed: null,
  outcome: { kind: 'success', statusCode: 200, headers: {}, redirects: [] },
  validators: { url: fetchUrl, etag: '"2"', lastModified: null },
} as const satisfies Visited;

/** One row, as Postgres would keep it, and the results that saves are to have. */
class FakeStore implements Pick<PreviewStoreWriter, 'begin' | 'save' | 'countDisallowed'> {
  readonly disallowed: string[] = [];
  held: PreviewEntry | undefined;
  memory: ScrapeMemory = NO_MEMORY;
  readonly saved: ScrapeEnd[] = [];
  readonly refusals: Exclude<SaveResult['kind'], 'saved'>[] = [];

  begin(): Promise<ScrapeStart> {
    const { held, memory } = this;
    return Promise.resolve({
      held,
      memory,
      hostWeights: undefined,
      visitVersion: held?.version ?? null,
      startedAt: 0,
    });
  }

  countDisallowed(reason: string): Promise<void> {
    this.disallowed.push(reason);
    return Promise.resolve();
  }

  save(end: ScrapeEnd): Promise<SaveResult> {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return Promise.resolve({ kind: refusal });
    this.saved.push(end);
    this.held = { ...end.entry, version: (this.held?.version ?? 0) + 1 };
    this.memory = end.memory;
    return Promise.resolve({ kind: 'saved', entry: this.held });
  }
}

class FakeScraper implements Pick<PoliteScraper, 'scrape'> {
  finds: Visited = aPage;
  readonly askedWith: (Validators | null)[] = [];

  scrape(_url: string, validators: Validators | null): Promise<Visited> {
    this.askedWith.push(validators);
    return Promise.resolve(this.finds);
  }
}

class FakeCache implements Pick<PreviewCache, 'publish'> {
  readonly published: PreviewEntry[] = [];

  publish(entry: PreviewEntry): Promise<void> {
    this.published.push(entry);
    return Promise.resolve();
  }
}

describe('updating a preview', () => {
  let store: FakeStore;
  let scraper: FakeScraper;
  let cache: FakeCache;
  let clock: ManualClock;
  let updater: PreviewUpdater;
  let measured: PreviewEntry[];

  beforeEach(() => {
    [store, scraper, cache, clock] = [new FakeStore(), new FakeScraper(), new FakeCache(), new ManualClock()];
    measured = [];
    updater = new PreviewUpdater(
      store as unknown as PreviewStoreWriter,
      scraper as unknown as PoliteScraper,
      cache as unknown as PreviewCache,
      clock,
      DEFAULT_POLICY,
      { measureLater: (entry) => void measured.push(entry) },
    );
  });

  const update = (seenVersion: number | null, insist = false) =>
    updater.update({ key, url, seenVersion, insist }, 'scrape', true);

  test('stores what the page says, then publishes it', async () => {
    expect(await update(null)).toEqual({ outcome: 'success', reason: null, version: 1, work: 'scraped' });
    expect(store.saved[0]?.entry).toMatchObject({ preview: { title: 'New' }, fetchedAt: clock.now() });
    expect(cache.published).toEqual([store.held]);
  });

  test('leaves the origin alone where a newer version than the asker saw is stored', async () => {
    store.held = anEntry({ version: 8, freshUntil: clock.now() - 1 });
    expect(await update(7)).toMatchObject({ version: 8, work: 'already-stored' });
    expect(scraper.askedWith).toEqual([]);
    expect(cache.published).toEqual([store.held]);
  });

  test('tells an asker with a fast clock that his copy is fresh, unless he insists', async () => {
    store.held = anEntry({ version: 8, freshUntil: clock.now() + HOUR });
    expect(await update(8)).toMatchObject({ version: 8, work: 'already-stored' });
    expect(await update(8, true)).toMatchObject({ version: 9, work: 'scraped' });
  });

  test('renews a copy that is fresh now, and will not be when it is wanted to', async () => {
    const wantedAt = (freshAt: number) =>
      updater.update({ key, url, seenVersion: 8, insist: false, freshAt }, 'warm', false);
    store.held = anEntry({ version: 8, freshUntil: clock.now() + HOUR });
    expect(await wantedAt(clock.now() - HOUR)).toMatchObject({ version: 8, work: 'already-stored' });
    expect(await wantedAt(clock.now() + HOUR - 1)).toMatchObject({ version: 8, work: 'already-stored' });
    expect(await wantedAt(clock.now() + HOUR)).toMatchObject({ version: 9, work: 'scraped' });
  });

  test('leaves a failure its pause, whenever the page is wanted', async () => {
    store.held = anEntry({
      version: 8,
      preview: null,
      outcome: aFailure(),
      freshUntil: clock.now() + HOUR,
      staleUntil: clock.now() + HOUR,
    });
    const wanted = { key, url, seenVersion: 8, insist: false, freshAt: clock.now() + DAY };
    expect(await updater.update(wanted, 'warm', false)).toMatchObject({
      outcome: 'EUNREACHABLE',
      work: 'already-stored',
    });
  });

  test('renews by a 304 what is held, and asks for one only where there is something to renew', async () => {
    await update(null);
    clock.advance(DAY);
    scraper.finds = { kind: 'unchanged', fetchUrl };
    expect(await update(1)).toMatchObject({ outcome: 'success', work: 'not-modified' });
    expect(store.held).toMatchObject({ preview: { title: 'New' }, fetchedAt: clock.now() });
    expect(scraper.askedWith).toEqual([null, aPage.validators]);

    store.held = { ...store.held!, preview: null, freshUntil: 0, staleUntil: 0 };
    scraper.finds = aPage;
    await update(store.held.version);
    expect(scraper.askedWith.at(-1)).toBeNull();
  });

  test('keeps the last good copy beside a failure, and none of a page that is gone', async () => {
    await update(null);
    clock.advance(DAY);
    scraper.finds = {
      kind: 'failure',
      fetchUrl,
      outcome: aFailure({ code: 'EORIGINSTATUS', statusCode: 500 }),
    };
    expect(await update(1)).toMatchObject({ outcome: 'EORIGINSTATUS' });
    expect(store.held).toMatchObject({ preview: { title: 'New' }, fetchedAt: clock.now() - DAY });
    expect(store.memory.failures).toBe(1);

    clock.advance(HOUR);
    scraper.finds = { kind: 'failure', fetchUrl, outcome: aFailure({ code: 'ENOTFOUND', statusCode: 404 }) };
    await update(2);
    expect(store.held?.preview).toBeNull();
    expect(store.memory.failures).toBe(2);
  });

  describe('whose pictures are looked at', () => {
    const [image, other] = [{ url: 'https://example.com/a.png' }, { url: 'https://example.com/b.png' }];
    const known = { ...image, type: 'png', size: 1, width: 2, height: 3 };
    const amended = (version: number) =>
      anEntry({ version, preview: aPreview({ image: known }), facets: { amends: 7 } });

    test('has that done once it is published, and never of what was there already', async () => {
      await update(null);
      expect(measured).toEqual(cache.published);
      await update(0);
      expect(measured).toHaveLength(1);
    });

    test('keeps what is known of those that are still the same', async () => {
      store.held = amended(8);
      scraper.finds = { ...aPage, preview: aPreview({ image }) };
      await update(8, true);
      expect(store.held).toMatchObject({ preview: { image: known }, facets: {} });
      scraper.finds = { ...aPage, preview: aPreview({ image: other }) };
      await update(9, true);
      expect(store.held?.preview?.image).toEqual(other);
    });

    test('takes the same visit with additions for no newer one', async () => {
      store.held = amended(8);
      expect(await update(7, true)).toMatchObject({ version: 9, work: 'scraped' });
      expect(store.held?.facets).toEqual({});
      store.held = amended(8);
      expect(await update(6, true)).toMatchObject({ version: 8, work: 'already-stored' });
    });
  });

  describe('of a page that has a provider', () => {
    const oembed = { title: null, author: 'Ada', publisher: null, imageUrl: null, embed: null };
    const says = (preview: typeof aPage.preview, found: typeof oembed | 'failed' | null) => {
      scraper.finds = { ...aPage, preview, oembed: found };
      return update(store.held?.version ?? null, true);
    };

    test('keeps what the provider says until it says otherwise, whether it answers or not', async () => {
      await says(aPage.preview, oembed);
      expect(store.held).toMatchObject({ preview: { title: 'New', author: 'Ada' }, facets: { oembed } });
      await says(aPreview({ title: 'Newer' }), 'failed');
      expect(store.held).toMatchObject({ preview: { title: 'Newer', author: 'Ada' }, facets: { oembed } });
      scraper.finds = { kind: 'unchanged', fetchUrl };
      await update(store.held!.version, true);
      expect(store.held).toMatchObject({ preview: { author: 'Ada' }, facets: { oembed } });
      await says(aPage.preview, null);
      expect(store.held).toMatchObject({ preview: { author: null }, facets: {} });
    });

    test('takes what the provider says for no change of the page', async () => {
      await says(aPage.preview, null);
      const before = store.memory.contentHash;
      await says(aPage.preview, oembed);
      expect(store.memory.contentHash).toBe(before);
    });
  });

  test('comes back later where the host has no room, and has stored nothing', async () => {
    scraper.finds = { kind: 'postponed', delayMs: 700 };
    expect(await update(null)).toEqual({ kind: 'postponed', delayMs: 700 });
    expect([store.saved, cache.published]).toEqual([[], []]);
  });

  test('leaves a page as it is known that robots.txt is against, and counts it', async () => {
    store.held = anEntry({ version: 8, freshUntil: clock.now() - 1 });
    scraper.finds = {
      kind: 'disallowed',
      outcome: aFailure({ code: 'EFORBIDDENURL', reason: 'No robots.' }),
    };
    const wanted = { key, url, seenVersion: 8, insist: false };
    const end = { outcome: 'EFORBIDDENURL', reason: 'No robots.', work: 'disallowed' };
    expect(await updater.update(wanted, 'refresh', false)).toEqual({ ...end, version: 8 });
    store.held = undefined;
    expect(await updater.update({ ...wanted, ordered: true }, 'warm', false)).toEqual({ ...end, version: 0 });
    expect(store.disallowed).toEqual(['refresh', 'order']);
    expect([store.saved, cache.published]).toEqual([[], []]);
  });

  test('stores the rest of a host as a failure that is over when the rest is, and counts it as none', async () => {
    const outcome = aFailure({ code: 'EORIGINSTATUS', statusCode: 429, retryAfterMs: 7_000 });
    scraper.finds = { kind: 'rested', fetchUrl, outcome };
    expect(await update(null)).toMatchObject({ outcome: 'EORIGINSTATUS', work: 'backed-off' });
    expect(store.held).toMatchObject({ preview: null, outcome, freshUntil: clock.now() + 7_000 });
    expect(store.memory.failures).toBe(0);
    expect(store.saved[0]?.visit.work).toBe('backed-off');
  });

  test('begins anew where a purge or a faster worker came between, and gives up only after several', async () => {
    store.refusals.push('void', 'superseded');
    expect(await update(null)).toMatchObject({ work: 'scraped' });
    expect(scraper.askedWith).toHaveLength(3);

    store.refusals.push('void', 'void', 'void');
    await expect(update(1, true)).rejects.toThrow('was purged during each of 3 scrapes');
  });
});

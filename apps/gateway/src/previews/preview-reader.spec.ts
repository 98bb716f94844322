import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Found, PreviewCache } from '#libs/cache';
import { DemandRecorder } from '#libs/demand';
import type { PreviewJobData } from '#libs/jobs';
import { canonicalUrl, PreviewCopy, type PreviewEntry, QueueBusy } from '#libs/preview';
import type { PreviewStoreReader } from '#libs/store';
import type { Logger } from '#libs/telemetry';
import { anEntry, aProjection } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { pageAt } from './page.js';
import { PreviewReader, type ReadRequest } from './preview-reader.js';
import type { Landed, ScrapeWaiter } from './scrape-waiter.js';

const MINUTE = 60_000;
const URL_OF_PAGE = 'https://example.com/';

/** What is known of the page; reads find the first, and after a scrape the second. */
class FakeCache implements Pick<PreviewCache, 'findInMemory' | 'find' | 'findNewer'> {
  held: PreviewEntry | undefined;

  findInMemory(): Found | undefined {
    return this.held && { copy: PreviewCopy.of(this.held), tier: 'L1' };
  }

  find(): Promise<Found | undefined> {
    return Promise.resolve(this.findInMemory());
  }

  findNewer(): Promise<Found | undefined> {
    return this.find();
  }
}

/** Scrapes that end as the test says, one after the other. */
class FakeWaiter implements Pick<ScrapeWaiter, 'scrape' | 'refreshLater'> {
  readonly asked: PreviewJobData[] = [];
  readonly refreshed: PreviewJobData[] = [];
  readonly endings: (() => Landed)[] = [];

  scrape(data: PreviewJobData): Promise<Landed> {
    this.asked.push(data);
    return new Promise((resolve) => resolve((this.endings.shift() ?? silence)()));
  }

  refreshLater(data: PreviewJobData): void {
    this.refreshed.push(data);
  }
}

/** Nothing was heard before the wait was over. */
const silence = (): Landed => ({ jobId: '1', result: undefined });

describe('reading a preview', () => {
  let cache: FakeCache;
  let waiter: FakeWaiter;
  let clock: ManualClock;
  let demand: DemandRecorder;
  let reader: PreviewReader;

  beforeEach(() => {
    [cache, waiter, clock] = [new FakeCache(), new FakeWaiter(), new ManualClock()];
    demand = new DemandRecorder({ maxKeys: 10, callerCap: 10, hostCap: 10 }, clock.now());
    const store = { find: () => Promise.resolve(cache.held) };
    const logger = { warn: () => undefined };
    reader = new PreviewReader(
      cache as unknown as PreviewCache,
      store as unknown as PreviewStoreReader,
      waiter as unknown as ScrapeWaiter,
      demand,
      clock,
      logger as unknown as Logger,
      { waitMs: 1_000, maxWaitMs: 2_000 },
    );
  });

  const read = (given: Partial<ReadRequest> = {}) =>
    reader.read({
      page: pageAt(canonicalUrl(URL_OF_PAGE)),
      force: false,
      waitMs: undefined,
      limits: {},
      projection: aProjection(),
      caller: '192.0.2.1',
      askedBy: 'the newsletter',
      ...given,
    });

  /** A copy that was fetched a minute ago, with these times left. */
  const aCopy = (freshMs: number, graceMs: number, version = 3) => {
    const now = clock.now();
    return anEntry({
      version,
      fetchedAt: now - MINUTE,
      freshUntil: now + freshMs,
      staleUntil: now + graceMs,
    });
  };

  /** The scrape's job ends, and this is what it left. */
  const endsWith = (entry: PreviewEntry | undefined, work: 'scraped' | 'already-stored' = 'scraped') =>
    waiter.endings.push(() => {
      cache.held = entry;
      return { jobId: '1', result: { outcome: 'success', reason: null, version: entry?.version ?? 0, work } };
    });

  test('fresh is answered, and nobody is asked', async () => {
    cache.held = aCopy(MINUTE, MINUTE);
    expect(await read()).toMatchObject({ kind: 'hit', copy: PreviewCopy.of(cache.held) });
    expect([waiter.asked, waiter.refreshed]).toEqual([[], []]);
  });

  test('stale is answered and refreshed behind', async () => {
    cache.held = aCopy(-1, MINUTE);
    expect(await read()).toMatchObject({ kind: 'hit', copy: PreviewCopy.of(cache.held) });
    expect(waiter.refreshed).toMatchObject([{ seenVersion: 3, insist: false }]);
  });

  test('missing is scraped first; what was there but too old is renewed', async () => {
    endsWith(aCopy(MINUTE, MINUTE, 1));
    expect(await read()).toMatchObject({ kind: 'scraped', copy: { version: 1 } });
    cache.held = aCopy(-2, -1, 1);
    endsWith(aCopy(MINUTE, MINUTE, 2));
    expect(await read()).toMatchObject({ kind: 'renewed', copy: { version: 2 } });
    expect(waiter.asked).toMatchObject([{ seenVersion: null }, { seenVersion: 1, insist: false }]);
  });

  test('a caller who wants a fresh copy younger insists, and asks again when he joined who was content with less', async () => {
    cache.held = aCopy(MINUTE, MINUTE);
    endsWith(cache.held, 'already-stored');
    endsWith(aCopy(MINUTE, MINUTE, 4));
    expect(await read({ limits: { ttlMs: 1 } })).toMatchObject({ kind: 'renewed', copy: { version: 4 } });
    expect(waiter.asked).toMatchObject([{ insist: true }, { insist: true }]);
  });

  test('what the worker takes for fresh is answered, whatever the clock here says', async () => {
    cache.held = aCopy(-2, -1);
    endsWith(cache.held, 'already-stored');
    expect(await read()).toMatchObject({ kind: 'hit', copy: { version: 3 } });
  });

  test('force is newer than what is stored now', async () => {
    cache.held = aCopy(MINUTE, MINUTE);
    endsWith(aCopy(MINUTE, MINUTE, 4));
    expect(await read({ force: true })).toMatchObject({ kind: 'forced', copy: { version: 4 } });
    expect(waiter.asked).toMatchObject([{ seenVersion: 3, insist: true, askedBy: 'the newsletter' }]);
  });

  test('when time is up an old copy is served, else it is an error, or pending for who said how long he waits', async () => {
    await expect(read()).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(await read({ waitMs: 10 })).toMatchObject({ kind: 'pending', jobId: '1' });
    cache.held = aCopy(MINUTE, MINUTE);
    expect(await read({ limits: { ttlMs: 1 } })).toMatchObject({ kind: 'hit', copy: { version: 3 } });
  });

  test('where the queue takes nothing, a usable copy is served and an unusable one is not', async () => {
    const busy = () => {
      throw new QueueBusy();
    };
    waiter.endings.push(busy, busy);
    cache.held = aCopy(MINUTE, MINUTE);
    expect(await read({ limits: { ttlMs: 1 } })).toMatchObject({ kind: 'hit', copy: { version: 3 } });
    cache.held = aCopy(-2, -1);
    await expect(read()).rejects.toMatchObject({ code: 'EBUSY' });
  });

  test('every read of a page counts, whatever becomes of it', async () => {
    cache.held = aCopy(MINUTE, MINUTE);
    await read();
    cache.held = aCopy(-1, MINUTE);
    await read();
    cache.held = undefined;
    await read({ waitMs: 10 });
    await expect(read()).rejects.toMatchObject({ code: 'ETIMEOUT' });
    endsWith(aCopy(MINUTE, MINUTE, 4));
    await read({ force: true });
    const [chunk] = demand.cut(clock.now());
    expect(chunk?.keys).toMatchObject([{ key: anEntry({ at: URL_OF_PAGE }).key, reads: 5 }]);
    expect(chunk?.totals).toEqual({ 'fresh.L1': 1, 'stale.L1': 1, pending: 1, failed: 1, missing: 1 });
  });

  test('a read counts for its host and its caller', async () => {
    cache.held = aCopy(MINUTE, MINUTE);
    for (let index = 0; index < 12; index += 1) {
      await read({ page: pageAt(canonicalUrl('https://of-one-host.example/')), caller: `192.0.2.${index}` });
      await read({
        page: pageAt(canonicalUrl(`https://of-one-caller-${index}.example/`)),
        caller: '192.0.2.100',
      });
    }
    expect(demand.cut(clock.now())[0]?.totals).toEqual({ 'fresh.L1': 24, uncounted: 4 });
  });
});

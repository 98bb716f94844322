import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PreviewCache } from '#libs/cache';
import type { LinkPreview, PreviewEntry } from '#libs/preview';
import type { PreviewStoreReader, PreviewStoreWriter } from '#libs/store';
import { anEntry, aPreview } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { SmallAnswer, SmallFetcher, SmallRequest } from '../fetch/small-fetcher.js';
import type { HostAnswer, HostPlaces, VisitEnd } from '../politeness/host-places.js';
import type { Robots } from '../politeness/robots.js';
import { WorkSlots } from '../previews/work-slots.js';
import { PictureMeasurer } from './picture-measurer.js';
import { PictureNotes } from './picture-notes.js';
import { PoliteFetcher } from './polite-fetcher.js';

const GIF = Buffer.from('GIF89a\xb0\x04\x20\x03', 'latin1');
const [IMAGE, LOGO] = ['https://cdn.example/a.gif', 'https://cdn.example/logo.gif'];
const facts = { type: 'gif', size: 10, width: 1200, height: 800 };

function aGif(finalUrl: string, given: Partial<SmallAnswer> = {}): SmallAnswer {
  return { statusCode: 200, finalUrl, headers: {}, bytes: GIF, isCut: false, ...given };
}

/** A web in which every picture answers alike, at hosts that say what `places` and `allows` have. */
class FakeWorld
  implements
    Pick<SmallFetcher, 'fetch'>,
    Pick<Robots, 'ruling'>,
    Pick<HostPlaces, 'ask'>,
    Pick<PreviewStoreReader, 'find'>,
    Pick<PreviewStoreWriter, 'amend'>,
    Pick<PreviewCache, 'publish'>
{
  answer: Partial<SmallAnswer> | FetchFailed = {};
  allows = true;
  readonly refusals: Exclude<HostAnswer, { kind: 'place' }>[] = [];
  isReplaced = false;
  readonly fetched: string[] = [];
  readonly left: VisitEnd[] = [];
  readonly published: PreviewEntry[] = [];
  readonly errors: unknown[] = [];

  async fetch({ url }: SmallRequest): Promise<SmallAnswer> {
    this.fetched.push(url);
    if (this.answer instanceof FetchFailed) throw this.answer;
    return aGif(url, this.answer);
  }

  async ruling() {
    return { kind: 'ruling', isAllowed: this.allows, crawlDelayMs: 0 } as const;
  }

  async ask(): Promise<HostAnswer> {
    const leave = (end: VisitEnd) => Promise.resolve(void this.left.push(end));
    return this.refusals.shift() ?? { kind: 'place', leave };
  }

  async find(): Promise<PreviewEntry | undefined> {
    return undefined;
  }

  async amend(held: PreviewEntry, preview: LinkPreview): Promise<PreviewEntry | undefined> {
    return this.isReplaced ? undefined : { ...held, preview, version: held.version + 1 };
  }

  async publish(entry: PreviewEntry): Promise<void> {
    this.published.push(entry);
  }
}

describe('the pictures of a page', () => {
  let world: FakeWorld;

  beforeEach(() => {
    world = new FakeWorld();
  });

  function aMeasurer(slots = 1): PictureMeasurer {
    const onError = (error: unknown) => world.errors.push(error);
    const notes = new PictureNotes(world, world, world, new ManualClock());
    return new PictureMeasurer(new PoliteFetcher(world, world, world), notes, new WorkSlots(slots), onError);
  }

  /** Has them looked at, to the end. */
  async function measure(
    preview: Partial<LinkPreview>,
    measurer = aMeasurer(),
  ): Promise<LinkPreview | null | undefined> {
    measurer.measureLater(anEntry({ preview: aPreview(preview) }));
    await measurer.idle();
    return world.published[0]?.preview;
  }

  test('are looked at one after the other, and what is found is published', async () => {
    const found = await measure({ image: { url: IMAGE }, logo: { url: LOGO } });
    expect(found).toMatchObject({ image: { url: IMAGE, ...facts }, logo: { url: LOGO, ...facts } });
    expect(world.left).toEqual([{ kind: 'well' }, { kind: 'well' }]);
    expect(world.published).toHaveLength(1);
  });

  test('are left alone where they are known, or merely guessed', async () => {
    const known = { url: IMAGE, type: null, size: null, width: null, height: null };
    await measure({ image: known, logo: { url: LOGO }, provenance: { logo: 'host' } });
    expect([world.fetched, world.published]).toEqual([[], []]);
  });

  test.each<[string, Partial<SmallAnswer>, object]>([
    [
      'a part, by what it is of',
      { statusCode: 206, headers: { 'content-range': 'bytes 0-9/4000' } },
      { size: 4000 },
    ],
    [
      'a part of what has no length',
      { statusCode: 206, headers: { 'content-range': 'bytes 0-9/*' } },
      { size: null },
    ],
    ['a beginning, by its length', { isCut: true, headers: { 'content-length': '70000' } }, { size: 70_000 }],
    [
      'no picture',
      { bytes: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } },
      { type: null, size: null },
    ],
  ])('tell by %s', async (_what, answer, image) => {
    world.answer = answer;
    expect(await measure({ image: { url: IMAGE } })).toMatchObject({ image: { url: IMAGE, ...image } });
  });

  test('that many pages have in common are looked at once', async () => {
    const measurer = aMeasurer(16);
    for (const page of ['a', 'b']) {
      const preview = aPreview({ image: { url: `${IMAGE}?${page}` }, logo: { url: LOGO } });
      measurer.measureLater(anEntry({ preview }));
    }
    await measure({ logo: { url: LOGO } }, measurer);
    expect(world.fetched.toSorted()).toEqual([`${IMAGE}?a`, `${IMAGE}?b`, LOGO]);
    expect(world.published.map(({ preview }) => preview?.logo)).toEqual(
      [1, 2, 3].map(() => ({ url: LOGO, ...facts })),
    );
  });

  test('that could not be had are looked for again by the next page', async () => {
    const measurer = aMeasurer();
    world.answer = new FetchFailed('EORIGINSTATUS', 'The origin answered 500.', { statusCode: 500 });
    await measure({ logo: { url: LOGO } }, measurer);
    world.answer = {};
    expect(await measure({ logo: { url: LOGO } }, measurer)).toMatchObject({ logo: facts });
    expect(world.fetched).toEqual([LOGO, LOGO]);
  });

  test('wait for their host to have room, but not for one that rests', async () => {
    world.refusals.push({ kind: 'later', inMs: 1, isOwnTurn: true });
    expect(await measure({ image: { url: IMAGE } })).toMatchObject({ image: facts });
    world.refusals.push({ kind: 'resting', forMs: 1, statusCode: 503 });
    await measure({ image: { url: IMAGE } });
    expect(world.fetched).toEqual([IMAGE]);
  });

  test('are not looked at where robots.txt is against it', async () => {
    world.allows = false;
    await measure({ image: { url: IMAGE } });
    expect(world.fetched).toEqual([]);
  });

  test('leave the preview as it is where they fail, and their host what it asked for', async () => {
    world.answer = new FetchFailed('EORIGINSTATUS', 'The origin answered 429.', { statusCode: 429 });
    await measure({ image: { url: IMAGE } });
    expect(world.left).toEqual([{ kind: 'overloaded', statusCode: 429, retryAfterMs: null }]);
    expect([world.published, world.errors]).toEqual([[], [world.answer]]);
  });

  test('are not published for a copy that is gone by then', async () => {
    world.isReplaced = true;
    await measure({ image: { url: IMAGE } });
    expect(world.published).toEqual([]);
  });
});

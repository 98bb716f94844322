import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PictureColors, PreviewEntry, PreviewMedia } from '#libs/preview';
import { anEntry, aPreview } from '../../../../test/support/builders.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { SmallAnswer } from '../fetch/small-fetcher.js';
import type { PictureNotes, PicturesFound } from '../pictures/picture-notes.js';
import type { PoliteAnswer, PoliteFetcher, PoliteRequest } from '../pictures/polite-fetcher.js';
import { PaletteFinder } from './palette-finder.js';
import type { PictureDecoder } from './picture-decoder.js';

const [IMAGE, LOGO] = ['https://cdn.example/a.gif', 'https://cdn.example/logo.gif'];
const GIF = Buffer.from('GIF89a\xb0\x04\x20\x03', 'latin1');
const facts = { type: 'gif', size: 10, width: 1200, height: 800 };
const colors: PictureColors = {
  palette: ['#FFFFFF'],
  background: '#FFFFFF',
  color: '#000000',
  alternative: '#000000',
};

/** A web in which pictures answer by their address, and all look alike. */
class FakeWorld
  implements Pick<PoliteFetcher, 'fetch'>, Pick<PictureDecoder, 'colorsOf'>, Pick<PictureNotes, 'add'>
{
  entry: PreviewEntry | undefined;
  readonly answers = new Map<
    string,
    Partial<SmallAnswer> | Exclude<PoliteAnswer, { kind: 'answer' }> | Error
  >();
  decoded: PictureColors | null | Error = colors;
  readonly fetched: string[] = [];
  found: PicturesFound | undefined;
  readonly errors: unknown[] = [];

  async find(): Promise<PreviewEntry | undefined> {
    return this.entry;
  }

  async fetch({ url }: PoliteRequest): Promise<PoliteAnswer> {
    this.fetched.push(url);
    const given = this.answers.get(url) ?? {};
    if (given instanceof Error) throw given;
    if ('kind' in given) return given;
    return {
      kind: 'answer',
      answer: { statusCode: 200, finalUrl: url, headers: {}, bytes: GIF, isCut: false, ...given },
    };
  }

  async colorsOf(): Promise<PictureColors | null> {
    if (this.decoded instanceof Error) throw this.decoded;
    return this.decoded;
  }

  async add(_held: PreviewEntry, found: PicturesFound): Promise<void> {
    this.found = found;
  }
}

describe('the colours of a page', () => {
  let world: FakeWorld;

  beforeEach(() => {
    world = new FakeWorld();
  });

  async function find(image: PreviewMedia | null, logo: PreviewMedia | null = null, provenance = {}) {
    world.entry = anEntry({ preview: aPreview({ image, logo, provenance }) });
    const finder = new PaletteFinder(world, world, world, world, (error) => world.errors.push(error));
    return finder.find({ key: world.entry.key }, new AbortController().signal);
  }

  test('are those of its pictures, told with what else can be seen', async () => {
    await find({ url: IMAGE }, { url: LOGO });
    expect(world.found).toEqual({
      image: { url: IMAGE, ...facts, colors },
      logo: { url: LOGO, ...facts, colors },
    });
  });

  test('are looked for once: not where they are known, nor where there are known to be none', async () => {
    await find({ url: IMAGE, colors }, { url: LOGO, colors: null });
    await find({ url: IMAGE, colors: 'failed' }, { url: LOGO }, { logo: 'host' });
    expect([world.fetched, world.found]).toEqual([[], {}]);
  });

  test.each<[string, Partial<PreviewMedia>]>([
    ['a drawing', { type: 'svg' }],
    ['an icon file', { type: 'ico' }],
    ['too large', { type: 'png', size: 6_000_000 }],
  ])('are none, without a visit, of what is known to be %s', async (_what, known) => {
    await find({ url: IMAGE, ...known });
    expect(world.fetched).toEqual([]);
    expect(world.found).toEqual({ image: { url: IMAGE, colors: null } });
  });

  test.each<[string, Partial<SmallAnswer>]>([
    ['is no picture', { bytes: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }],
    ['is a drawing', { bytes: Buffer.from('<svg>'), headers: { 'content-type': 'image/svg+xml' } }],
    ['does not end', { isCut: true }],
  ])('are none of what %s', async (_what, answer) => {
    world.answers.set(IMAGE, answer);
    await find({ url: IMAGE });
    expect(world.found?.image).toMatchObject({ url: IMAGE, colors: null });
  });

  test.each<[string, Error | PoliteAnswer]>([
    ['fails', new FetchFailed('EORIGINSTATUS', 'The origin answered 500.')],
    ['may not be visited', { kind: 'refused' }],
  ])('are left open by a picture that %s, which costs the other nothing', async (_what, answer) => {
    world.answers.set(IMAGE, answer as Error);
    await find({ url: IMAGE }, { url: LOGO });
    expect(world.found).toEqual({
      image: { url: IMAGE, colors: 'failed' },
      logo: { url: LOGO, ...facts, colors },
    });
  });

  test('are left open by a picture at which the decoder broke', async () => {
    world.decoded = new Error('The decoder broke.');
    await find({ url: IMAGE });
    expect(world.found).toEqual({ image: { url: IMAGE, colors: 'failed' } });
    expect(world.errors).toEqual([world.decoded]);
  });

  test('wait for a host that has no room, with what is found until then', async () => {
    world.answers.set(LOGO, { kind: 'later', inMs: 250 });
    expect(await find({ url: IMAGE }, { url: LOGO })).toMatchObject({ inMs: 250 });
    expect(world.found).toEqual({ image: { url: IMAGE, ...facts, colors } });
  });
});

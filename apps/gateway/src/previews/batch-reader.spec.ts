import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Found } from '#libs/cache';
import { canonicalUrl, PreviewCopy, previewKey } from '#libs/preview';
import { anEntry, aProjection } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { type BatchAnswer, BatchReader } from './batch-reader.js';
import { BatchesBusy, BatchRoom, MOST_URLS } from './batch-room.js';
import type { Page } from './page.js';
import type { PaletteWaiter } from './palette-waiter.js';
import type { PreviewAnswer } from './preview-answer.js';
import type { Looked, PreviewReader, ReadRequest } from './preview-reader.js';

/** Knows some pages, and waits for the others until the test says. */
class FakeReader implements Pick<PreviewReader, 'lookFor' | 'heldAnswer' | 'readFound'> {
  readonly known = new Map<string, Found>();
  readonly asked: ReadRequest[] = [];
  looks = 0;
  private readonly endings: ((answer: PreviewAnswer) => void)[] = [];

  lookFor(pages: Iterable<Page>): Promise<Looked> {
    this.looks += 1;
    const found = [...pages].flatMap(({ key }) => {
      const own = this.known.get(key);
      return own === undefined ? [] : [[key, own] as const];
    });
    return Promise.resolve({ found: new Map(found), failure: undefined });
  }

  heldAnswer(_page: Page, found: Found): PreviewAnswer {
    return { ...found, kind: 'hit' };
  }

  readFound(request: ReadRequest): Promise<PreviewAnswer> {
    this.asked.push(request);
    return new Promise((resolve) => this.endings.push(resolve));
  }

  end(place: number): void {
    this.endings[place]!({ ...aCopy(), kind: 'scraped' });
  }
}

function aCopy(): Found {
  return { copy: PreviewCopy.of(anEntry()), tier: 'L1' };
}

const URLS = Array.from({ length: 250 }, (_, index) => `https://example.com/${index}`);

describe('a batch', () => {
  let reader: FakeReader;
  let batches: BatchReader;
  let gone: AbortController;

  beforeEach(() => {
    [reader, gone] = [new FakeReader(), new AbortController()];
    const palettes = { withColors: (answer: PreviewAnswer) => Promise.resolve(answer) };
    batches = new BatchReader(
      reader as unknown as PreviewReader,
      palettes as unknown as PaletteWaiter,
      new ManualClock(),
    );
  });

  const read = (urls: readonly string[], admitted = urls.length) =>
    batches.read({
      urls,
      admitted,
      waitMs: undefined,
      limits: {},
      projection: aProjection(),
      caller: '192.0.2.1',
      askedBy: 'the newsletter',
      signal: gone.signal,
    });

  const know = (url: string) => reader.known.set(previewKey(canonicalUrl(url)), aCopy());

  async function next(
    answers: AsyncGenerator<readonly BatchAnswer[]>,
  ): Promise<readonly number[] | undefined> {
    const { value } = await answers.next();
    return (value as readonly BatchAnswer[] | undefined)?.map(({ index }) => index);
  }

  test('is looked for in one go, and what is known comes in slices before what has to be waited for', async () => {
    for (const url of URLS.slice(1)) know(url);
    const answers = read(URLS);
    expect((await next(answers))!.length).toBe(99);
    expect((await next(answers))!.length).toBe(100);
    expect((await next(answers))!.length).toBe(50);
    const last = next(answers);
    while (reader.asked.length === 0) await new Promise((turn) => setImmediate(turn));
    reader.end(0);
    expect(await last).toEqual([0]);
    expect(await next(answers)).toBeUndefined();
    expect(reader.looks).toBe(1);
  });

  test('names what is beyond the limit and what is no page, and asks for neither', async () => {
    know(URLS[0]!);
    const answers = read([URLS[0]!, 'nothing', URLS[1]!], 2);
    const { value } = await answers.next();
    expect(value).toEqual([
      {
        index: 1,
        url: 'nothing',
        result: { kind: 'failed', error: expect.objectContaining({ code: 'EINVALURL' }) },
      },
      {
        index: 2,
        url: URLS[1],
        result: { kind: 'failed', error: expect.objectContaining({ code: 'ERATE' }) },
      },
    ]);
    expect(await next(answers)).toEqual([0]);
    expect(await next(answers)).toBeUndefined();
    expect(reader.asked).toEqual([]);
  });

  test('ends when its caller is gone, whatever it waits for', async () => {
    const answers = read(URLS.slice(0, 2));
    const first = next(answers);
    while (reader.asked.length < 2) await new Promise((turn) => setImmediate(turn));
    expect(reader.asked.map(({ signal }) => signal)).toEqual([gone.signal, gone.signal]);
    gone.abort();
    expect(await first).toBeUndefined();
  });
});

test('batches find room up to a bound, and give it back once', () => {
  const room = new BatchRoom();
  const giveBack = room.take(MOST_URLS - 1);
  expect(() => room.take(2)).toThrow(BatchesBusy);
  giveBack();
  giveBack();
  const again = room.take(MOST_URLS);
  expect(() => room.take(1)).toThrow(BatchesBusy);
  again();
});

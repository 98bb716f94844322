import { beforeEach, describe, expect, test } from '@jest/globals';
import { PreviewCopy, type PreviewEntry, QueueBusy } from '#libs/preview';
import { anEntry, aPreview, aProjection } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { PaletteWaiter } from './palette-waiter.js';
import type { PreviewAnswer } from './preview-answer.js';

const COLORED = aProjection({ palette: true });
const image = { url: 'https://example.com/a.png' };
const known = anEntry({ preview: aPreview({ image }) });
const colored = { ...known, version: 2, preview: aPreview({ image: { ...image, colors: null } }) };
const answer: PreviewAnswer = { copy: PreviewCopy.of(known), tier: 'L1', kind: 'scraped' };

/** A queue whose job ends when it is told to, and what is there then. */
class FakeService {
  entry: PreviewEntry | undefined = known;
  asked = 0;
  end = () => {};
  refusal: Error | undefined;
  readonly warnings: unknown[] = [];

  async find(): Promise<never> {
    this.asked += 1;
    if (this.refusal !== undefined) throw this.refusal;
    await new Promise<void>((resolve) => (this.end = resolve));
    return undefined as never;
  }

  async findNewer() {
    return this.entry === undefined ? undefined : { copy: PreviewCopy.of(this.entry), tier: 'L2' as const };
  }

  warn(_message: string, error: unknown) {
    this.warnings.push(error);
  }
}

describe('a read that waits for colours', () => {
  let service: FakeService;
  let waiter: PaletteWaiter;

  beforeEach(() => {
    service = new FakeService();
    const store = { find: async () => undefined };
    waiter = new PaletteWaiter(service, service, store, new ManualClock(known.fetchedAt), service, {
      waitMs: 60_000,
    });
  });

  test('is answered with what is there when they were looked for, by one job for all', async () => {
    const reads = Array.from({ length: 100 }, () => waiter.withColors(answer, COLORED, Infinity));
    service.entry = colored;
    service.end();
    for (const read of await Promise.all(reads))
      expect(read).toEqual({ copy: PreviewCopy.of(colored), tier: 'L2', kind: 'scraped' });
    expect(service.asked).toBe(1);
  });

  test('is answered at once where he asks for none, or they are known', async () => {
    expect(await waiter.withColors(answer, aProjection(), Infinity)).toBe(answer);
    const seen = { ...answer, copy: PreviewCopy.of(colored) };
    expect(await waiter.withColors(seen, COLORED, Infinity)).toBe(seen);
    expect(service.asked).toBe(0);
  });

  test('is answered without them when the caller has no more time; they are looked for all the same', async () => {
    expect(await waiter.withColors(answer, COLORED, 1)).toMatchObject({
      copy: PreviewCopy.of(known),
      isPassing: true,
    });
    expect(await waiter.withColors(answer, COLORED, -1)).toEqual({ ...answer, isPassing: true });
    expect(service.asked).toBe(1);
  });

  test('is answered as it is where the queue is away, and where the copy is gone', async () => {
    service.refusal = new QueueBusy();
    service.entry = undefined;
    expect(await waiter.withColors(answer, COLORED, Infinity)).toEqual({ ...answer, isPassing: true });
    expect(service.warnings).toEqual([service.refusal]);
  });
});

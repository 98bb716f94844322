import { beforeEach, describe, expect, test } from '@jest/globals';
import { QueueBusy, type PreviewEntry } from '#libs/preview';
import { anEntry, aPreview } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { PaletteWaiter } from './palette-waiter.js';
import type { PreviewAnswer } from './preview-answer.js';

const image = { url: 'https://example.com/a.png' };
const known = anEntry({ preview: aPreview({ image }) });
const colored = { ...known, version: 2, preview: aPreview({ image: { ...image, colors: null } }) };
const answer: PreviewAnswer = { entry: known, tier: 'L1', kind: 'scraped' };

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
    return this.entry === undefined ? undefined : { entry: this.entry, tier: 'L2' as const };
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
    const reads = Array.from({ length: 100 }, () => waiter.withColors(answer, Infinity));
    service.entry = colored;
    service.end();
    for (const read of await Promise.all(reads))
      expect(read).toEqual({ entry: colored, tier: 'L2', kind: 'scraped' });
    expect(service.asked).toBe(1);
  });

  test('is answered without them when the caller has no more time; they are looked for all the same', async () => {
    expect(await waiter.withColors(answer, 1)).toMatchObject({ entry: known });
    expect(await waiter.withColors(answer, -1)).toBe(answer);
    expect(service.asked).toBe(1);
  });

  test('is answered as it is where the queue is away, and where the copy is gone', async () => {
    service.refusal = new QueueBusy();
    service.entry = undefined;
    expect(await waiter.withColors(answer, Infinity)).toBe(answer);
    expect(service.warnings).toEqual([service.refusal]);
  });
});

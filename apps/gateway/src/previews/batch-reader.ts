import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/preview';
import { RateLimited } from '../limits/rate-limited.js';
import { KnownPages } from './known-pages.js';
import type { Page } from './page.js';
import { PaletteWaiter } from './palette-waiter.js';
import type { PendingAnswer, PreviewAnswer } from './preview-answer.js';
import { type Looked, PreviewReader, type ReadRequest } from './preview-reader.js';

/** Many reads by one caller, who wants the same of all. */
export interface BatchRequest extends Omit<ReadRequest, 'page' | 'force'> {
  readonly urls: readonly string[];
  /** How many of them, from the first, are within the caller's limit. */
  readonly admitted: number;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
}

/** Why a URL has no answer: what a read of it alone would have thrown. */
export interface FailedAnswer {
  readonly kind: 'failed';
  readonly error: unknown;
}

/** What became of one URL of a batch. */
export interface BatchAnswer {
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly url: string;
  readonly result: PreviewAnswer | PendingAnswer | FailedAnswer;
}

/** A place of the list that names a page. */
interface Place {
  readonly index: number;
  readonly url: string;
  readonly page: Page;
}

/** URLs that are looked at, or answered, in one go: some 1 ms, for which other readers wait. */
const SLICE = 100;

/** When a caller may come again who has had his limit, in seconds: at the turn of the minute at the latest. */
const NEXT_MINUTE_S = 60;

/**
 * Many reads as one: what is known is looked for at once and answered first; what isn't is asked for once, however often the list names it, and
 * answered as it gets ready. Each URL counts as a read, and fails by itself.
 */
@Injectable()
export class BatchReader {
  private readonly pages = new KnownPages();

  constructor(
    private readonly reader: PreviewReader,
    private readonly palettes: PaletteWaiter,
    private readonly clock: Clock,
  ) {}

  /** Answers in groups, as they get ready; ends early, and without a word, when the caller is gone. */
  async *read(request: BatchRequest): AsyncGenerator<readonly BatchAnswer[], void, undefined> {
    const startedAt = performance.now();
    const places: Place[] = [];
    for (const [refused, named] of this.sorted(request)) {
      places.push(...named);
      if (refused.length > 0) yield refused;
      await nextTurn();
    }
    const looked = await this.reader.lookFor(places.map(({ page }) => page));
    const missing: Place[] = [];
    for (let from = 0; from < places.length && !request.signal.aborted; from += SLICE) {
      const held = this.heldAnswers(places.slice(from, from + SLICE), looked, request, missing);
      if (held.length > 0) yield held;
      await nextTurn();
    }
    yield* this.asTheyGetReady(missing, looked, request, startedAt);
  }

  /** Slice by slice: the URLs that have an answer already as they name no page, or are too many, and those that name one. */
  private *sorted({ urls, admitted }: BatchRequest): Generator<[BatchAnswer[], Place[]]> {
    for (let from = 0; from < urls.length; from += SLICE) {
      const refused: BatchAnswer[] = [];
      const named: Place[] = [];
      for (const [offset, url] of urls.slice(from, from + SLICE).entries()) {
        const index = from + offset;
        try {
          if (index >= admitted) throw new RateLimited(NEXT_MINUTE_S);
          named.push({ index, url, page: this.pages.at(url) });
        } catch (error) {
          refused.push({ index, url, result: { kind: 'failed', error } });
        }
      }
      yield [refused, named];
    }
  }

  private heldAnswers(
    places: readonly Place[],
    { found }: Looked,
    request: BatchRequest,
    missing: Place[],
  ): readonly BatchAnswer[] {
    const now = this.clock.now();
    const held: BatchAnswer[] = [];
    for (const place of places) {
      const { index, url, page } = place;
      const own = found.get(page.key);
      const result = own && this.reader.heldAnswer(page, own, request, now);
      if (result === undefined) missing.push(place);
      else held.push({ index, url, result });
    }
    return held;
  }

  private async *asTheyGetReady(
    missing: readonly Place[],
    looked: Looked,
    request: BatchRequest,
    startedAt: number,
  ): AsyncGenerator<readonly BatchAnswer[], void, undefined> {
    const { signal } = request;
    setMaxListeners(0, signal); // each of them is a listener
    let ready: BatchAnswer[] = [];
    let wake: () => void = () => undefined;
    signal.addEventListener('abort', () => wake());
    for (const { index, url, page } of missing) {
      void this.answer(page, looked, request, startedAt).then((result) => {
        ready.push({ index, url, result });
        wake();
      });
    }
    for (let left = missing.length; left > 0 && !signal.aborted; left -= ready.length, ready = []) {
      if (ready.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      await nextTurn(); // with those that are ready at the same time
      if (ready.length > 0 && !signal.aborted) yield ready;
    }
  }

  /** Never rejects. */
  private async answer(
    page: Page,
    looked: Looked,
    request: BatchRequest,
    startedAt: number,
  ): Promise<BatchAnswer['result']> {
    try {
      const answer = await this.reader.readFound({ ...request, page, force: false }, looked);
      if (answer.kind === 'pending') return answer;
      const patienceMs = (request.waitMs ?? Infinity) - (performance.now() - startedAt);
      return await this.palettes.withColors(answer, request.projection, patienceMs, request);
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}

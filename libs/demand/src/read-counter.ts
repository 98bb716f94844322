import type { PreviewKey } from '#libs/preview';
import type { KeyDemand } from './demand-chunk.js';

/** Counts of a key while its window lasts. */
interface Counter {
  key: PreviewKey;
  reads: number;
  error: number;
  firstAt: number;
  lastAt: number;
  /** What `reads` was when this last found its place in the heap: never more than it is now. */
  rank: number;
}

/**
 * Reads per key within one window, in bounded memory: Space-Saving (A. Metwally, D. Agrawal, A. El Abbadi, "Efficient Computation of
 * Frequent and Top-k Elements in Data Streams", 2005). While there are no more keys than counters every count is exact. From then on
 * a new key takes over the counter with the fewest reads and keeps them as its possible error, so that
 *
 * - `reads - error` ≤ the true count ≤ `reads`,
 * - all `reads` add up to the number of adds, and
 * - every key that has more than adds ÷ capacity is there.
 */
export class ReadCounter {
  private readonly counters = new Map<PreviewKey, Counter>();
  /**
   * A min-heap of the counters by rank, once they are all taken. A read doesn't move its counter, it only leaves the rank behind; whoever
   * looks for the least one puts right what he meets. So a read of a known key costs no more than before.
   */
  private heap: Counter[] | undefined;

  /** @param capacity most keys that are counted at a time */
  constructor(private readonly capacity: number) {}

  /** @param at ms since the epoch, never before an earlier one: whoever counts sees to that */
  add(key: PreviewKey, at: number): void {
    const counter = this.counters.get(key);
    if (counter !== undefined) {
      counter.reads += 1;
      counter.lastAt = at;
    } else if (this.counters.size < this.capacity) {
      this.counters.set(key, { key, reads: 1, error: 0, firstAt: at, lastAt: at, rank: 1 });
    } else {
      this.takeOver(this.least(), key, at);
    }
  }

  counts(): readonly KeyDemand[] {
    return Array.from(this.counters.values(), ({ key, reads, error, firstAt, lastAt }) => ({
      key,
      reads,
      error,
      firstAt,
      lastAt,
    }));
  }

  private takeOver(counter: Counter, key: PreviewKey, at: number): void {
    this.counters.delete(counter.key);
    counter.key = key;
    counter.error = counter.reads;
    counter.reads += 1;
    counter.firstAt = at;
    counter.lastAt = at;
    this.counters.set(key, counter);
  }

  private least(): Counter {
    this.heap ??= [...this.counters.values()]; // all ranks are 1 still, and equal ranks are a heap in any order
    for (;;) {
      const root = this.heap[0]!;
      // No rank is below this one, and no count below its rank.
      if (root.rank === root.reads) return root;
      root.rank = root.reads;
      sink(this.heap);
    }
  }
}

/** Lets the root of a heap sink to where its rank belongs. */
function sink(heap: Counter[]): void {
  const sinking = heap[0]!;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    const right = left + 1;
    if (left >= heap.length) break;
    const child = right < heap.length && heap[right]!.rank < heap[left]!.rank ? right : left;
    if (heap[child]!.rank >= sinking.rank) break;
    heap[place] = heap[child]!;
    place = child;
  }
  heap[place] = sinking;
}

import type { Labels, Sample } from './series.js';

/** Upper bounds of buckets for waits, in seconds: from an answer out of memory to the longest that a caller may wait. */
export const SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

/** One series of a histogram: how many values were in which of its fixed buckets, and their sum. */
export class Distribution {
  private readonly counts: Float64Array;
  private sum = 0;

  /** @param bounds upper bounds of the buckets, included, ascending */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Counts a value. Small ones, of which there are most, are found first. */
  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += value;
  }

  /** Buckets are cumulative there: each counts what is in those before it, too. */
  *samples(labels: Labels<string>): Iterable<Sample> {
    let seen = 0;
    for (const [bucket, count] of this.counts.entries()) {
      seen += count;
      const bound = this.bounds[bucket] ?? '+Inf';
      yield ['_bucket', { ...labels, le: String(bound) }, seen];
    }
    yield ['_sum', labels, this.sum];
    yield ['_count', labels, seen];
  }
}

/** Shortest time constant (ms) in which warms are expected to pay; each of the others is twice the one before, up to 97 days. */
const SHORTEST_MS = 1_000;
const CLASSES = 24;

/** A time as a class of the time constant. */
function classOf(afterMs: number): number {
  return Math.min(CLASSES - 1, Math.max(0, Math.round(Math.log2(afterMs / SHORTEST_MS))));
}

/**
 * What warms that were made are still expected to save: a warm costs now, and pays when cache-aside would have fetched, at the next read. Each is an amount that
 * fades with a time constant of its own, so that a sum for each constant is all there is to keep.
 */
export class ExpectedReturns {
  private readonly sums = new Float64Array(CLASSES);
  private at: number | undefined;

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown, at: number | null): ExpectedReturns {
    const isSums = Array.isArray(stored) && stored.length === CLASSES && stored.every(Number.isFinite);
    if (!isSums) throw new Error('the stored returns are broken');
    const returns = new ExpectedReturns();
    returns.sums.set(stored as number[]);
    returns.at = at ?? undefined;
    return returns;
  }

  /** To the last digit: what fades within weeks fades by less than a rounded digit from one round to the next, and would never be gone. */
  store(): readonly number[] {
    return Array.from(this.sums);
  }

  /** A warm is made that will save `amount` after `afterMs` in the mean. */
  add(amount: number, afterMs: number): void {
    this.sums[classOf(afterMs)]! += amount;
  }

  /** Time goes on, to `now` (ms since the epoch). */
  advance(now: number): void {
    const forMs = now - (this.at ?? now);
    this.at = Math.max(now, this.at ?? now);
    if (forMs <= 0) return;
    for (let index = 0; index < CLASSES; index += 1)
      this.sums[index]! *= Math.exp(-forMs / (SHORTEST_MS * 2 ** index));
  }

  /** What will be saved within so long from now (ms). */
  within(ms: number): number {
    let sum = 0;
    for (let index = 0; index < CLASSES; index += 1)
      if (this.sums[index]! > 0) sum += this.sums[index]! * -Math.expm1(-ms / (SHORTEST_MS * 2 ** index));
    return sum;
  }
}

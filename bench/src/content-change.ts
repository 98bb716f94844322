import { createHash } from 'node:crypto';

/** Numbers from 0 up to 1 that look random and are the same for the same seed (Mulberry32). */
export function seededRandom(seed: string): () => number {
  let state = createHash('sha1').update(seed).digest().readUInt32BE(8);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The time until the next event of a Poisson process. */
export function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random());
}

/** How often the content of a page changes in the mean, by its key: from 10 minutes to 30 days, in ms. */
export function changeIntervalMs(key: string): number {
  const u1 = createHash('sha1').update(key).digest().readUInt32BE(0) / 2 ** 32;
  return 600_000 * 4_320 ** u1;
}

/** A page whose content changes as a Poisson process; the same key, the same changes. */
export class ChangingPage {
  private readonly random: () => number;
  private version = 0;
  private changesAt: number;

  constructor(
    key: string,
    private readonly meanMs = changeIntervalMs(key),
  ) {
    this.random = seededRandom(key);
    this.changesAt = exponential(meanMs, this.random);
  }

  /** How often it has changed until `now` (ms), which must not go back. */
  versionAt(now: number): number {
    while (this.changesAt <= now) {
      this.version += 1;
      this.changesAt += exponential(this.meanMs, this.random);
    }
    return this.version;
  }
}

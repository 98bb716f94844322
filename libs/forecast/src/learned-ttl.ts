import { CHANGE_INTERVALS_MS, type RateWeights } from './change-rate.js';

export interface TtlBounds {
  readonly minMs: number;
  readonly maxMs: number;
  /** Share of reads, from 0 to 1, that may be answered from a copy which the origin has changed meanwhile. */
  readonly stalenessBudget: number;
}

/**
 * How long (ms) a copy may be served so that, of reads spread evenly over that time, the expected share that meets a changed page stays
 * within the budget. For a rate λ and a time T that share is 1 − (1 − e^(−λT)) / (λT); it is averaged over what is believed of λ.
 */
export function learnedTtlMs(belief: RateWeights, { minMs, maxMs, stalenessBudget }: TtlBounds): number {
  if (expectedStaleShare(belief, minMs) >= stalenessBudget) return minMs;
  if (expectedStaleShare(belief, maxMs) <= stalenessBudget) return maxMs;
  // The share grows with the time: halve the interval, in logarithms, until it is known to a thousandth.
  let [low, high] = [minMs, maxMs];
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (expectedStaleShare(belief, middle) > stalenessBudget) high = middle;
    else low = middle;
  }
  return Math.round(low);
}

/** Share of reads over a time of `ttlMs` that meet a changed page, from 0 to 1. */
export function expectedStaleShare(belief: RateWeights, ttlMs: number): number {
  return CHANGE_INTERVALS_MS.reduce((sum, meanMs, index) => {
    const expected = ttlMs / meanMs;
    return sum + (belief[index] ?? 0) * (1 + Math.expm1(-expected) / expected);
  }, 0);
}

/** How far a lifetime is moved, up or down, so that what was stored together doesn't expire together. */
const JITTER = 0.1;

/** A lifetime (ms) moved by up to a tenth, always the same way for the same key (a uuid). */
export function jitteredMs(ms: number, key: string): number {
  const position = Number.parseInt(key.slice(0, 8), 16) / 0xffffffff;
  return Math.round(ms * (1 - JITTER + 2 * JITTER * position));
}

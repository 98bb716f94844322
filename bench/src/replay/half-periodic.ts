import { exponential, seededRandom } from '../content-change.js';
import type { Trace, TraceRead } from '../trace.js';

export interface HalfPeriodic {
  readonly keys: number;
  readonly forMs: number;
  /** Mean times between two reads of a key, drawn evenly in logarithms between these (ms). */
  readonly betweenMs: readonly [shortest: number, longest: number];
  /** How far (as a share of it) an interval of a polled key lies from the mean: the standard deviation. */
  readonly jitter: number;
}

/** As many keys that are polled as ones that are read at random, for twelve hours; from three and a half minutes to half an hour apart. */
export const HALF_PERIODIC: HalfPeriodic = {
  keys: 400,
  forMs: 12 * 3_600_000,
  betweenMs: [210_000, 1_800_000],
  jitter: 0.05,
};

/** A synthetic trace: `polled …` keys with regular intervals, `random …` keys as Poisson processes. The same seed, the same trace. */
export function halfPeriodic(options: HalfPeriodic, seed = 'half periodic'): Trace {
  const reads: TraceRead[] = [];
  for (let number = 0; number < options.keys; number += 1) {
    const random = seededRandom(`${seed} ${number}`);
    const [shortest, longest] = options.betweenMs;
    const meanMs = shortest * (longest / shortest) ** random();
    const isPolled = number % 2 === 0;
    const gapMs = () =>
      isPolled ? Math.max(1, meanMs * (1 + options.jitter * normal(random))) : exponential(meanMs, random);
    const key = `${isPolled ? 'polled' : 'random'} ${number}`;
    for (let at = meanMs * random(); at < options.forMs; at += gapMs())
      reads.push({ at: START + Math.floor(at), key });
  }
  return { reads: reads.toSorted((one, other) => one.at - other.at), brokenLines: 0, unsortedLines: 0 };
}

const START = Date.UTC(2026, 0, 5);

/** A number of the standard normal distribution (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

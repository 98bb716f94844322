import type { OddsFeature, OddsReasons } from './learned-odds.js';

/** What each feature is, for people. */
const WORDS: Readonly<Record<OddsFeature, string>> = {
  idle: 'time since its last read',
  quarterRate: 'reads in the last moments',
  rate: 'reads in the last lifetime',
  fourfoldRate: 'reads in the last few lifetimes',
  sixteenfoldRate: 'reads in the last dozen lifetimes',
  sixtyFourfoldRate: 'reads in the long run',
  lifetimeRate: 'reads in all its life, over its age',
  reads: 'how often it was read at all',
  age: 'how long it is known',
  gap: 'usual time between two reads',
  spread: 'how regular its reads are',
  minuteTrend: 'whether traffic grew in the last minute',
  tenMinuteTrend: 'whether traffic grew in the last ten minutes',
  hourTrend: 'whether traffic grew in the last hour',
  silence: 'time since the last read of any page',
};

/** One reason: by what it multiplies the rate of reads that is expected, and that in words. */
export interface Reason {
  readonly feature: OddsFeature;
  /** Natural logarithm of that factor, to a hundredth; below 0 it speaks against a read. */
  readonly weight: number;
  readonly words: string;
}

/** Effects that are smaller don't change a probability by more than a point or two. */
const LEAST_WEIGHT = 0.1;

/** What moved a probability from what its rates alone come to: those that weigh most come first. */
export function whyLikely({ effects }: OddsReasons, limit = 3): readonly Reason[] {
  return [...effects]
    .filter(([, weight]) => Math.abs(weight) >= LEAST_WEIGHT)
    .toSorted(([, one], [, other]) => Math.abs(other) - Math.abs(one))
    .slice(0, limit)
    .map(([feature, weight]) => ({
      feature,
      weight: Math.round(100 * weight) / 100,
      words: `${WORDS[feature]}: expected ${Number(Math.exp(weight).toPrecision(2))} times as often`,
    }));
}

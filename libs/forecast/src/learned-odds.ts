import { AdditiveModel, type Knots, type StoredAdditiveModel } from './additive-model.js';
import { type DemandState, recentRate } from './demand-state.js';
import { rateError, withRateMoved } from './moved-odds.js';
import { priorProbability } from './read-odds.js';
import { type Traffic, UNKNOWN_TRAFFIC } from './traffic.js';

/** Written with what was learned, so that a process of another version knows what it can't read. */
export const LEARNED_ODDS_VERSION = 2;

/** What was learned of copies that expire, as it is stored. */
export interface StoredLearnedOdds extends StoredAdditiveModel {
  readonly version: number;
  /** Settled periods that were learned from. */
  readonly settled: number;
}

/** What is known of a key when its copy expires: logarithms to base 2, in units of the copy's lifetime, but for the last six. */
const FEATURES = {
  idle: { from: -4, to: 7, count: 12 },
  quarterRate: { from: -6, to: 5, count: 12 },
  rate: { from: -6, to: 5, count: 12 },
  fourfoldRate: { from: -6, to: 5, count: 12 },
  sixteenfoldRate: { from: -6, to: 5, count: 12 },
  sixtyFourfoldRate: { from: -6, to: 5, count: 12 },
  lifetimeRate: { from: -8, to: 5, count: 14 },
  reads: { from: 0, to: 12, count: 13 },
  age: { from: -2, to: 10, count: 13 },
  gap: { from: -6, to: 6, count: 13 },
  /** Standard deviation of the natural logarithms of idle periods. */
  spread: { from: 0, to: 2.4, count: 9 },
  minuteTrend: { from: -3, to: 3, count: 7 },
  tenMinuteTrend: { from: -3, to: 3, count: 7 },
  hourTrend: { from: -3, to: 3, count: 7 },
  silence: { from: 0, to: 10, count: 6 },
} as const satisfies Record<string, Knots>;

export type OddsFeature = keyof typeof FEATURES;

export const ODDS_FEATURES = Object.keys(FEATURES) as readonly OddsFeature[];

/** What stands for the logarithm of nothing. */
const NEXT_TO_NOTHING = 1e-9;

/** Spread of gaps of which nothing is known: that of a Poisson process. */
const MEMORYLESS_SPREAD = Math.PI / Math.sqrt(6);

/** How far one outcome moves what is learned, at first, in logarithms of the rate. */
const RATE = 0.05;

/** How a key's copy that expires came to its probability. */
export interface OddsReasons {
  /** What its rates alone come to. */
  readonly prior: number;
  readonly probability: number;
  /** What each feature adds to the logarithm of the rate, by what was learned. */
  readonly effects: ReadonlyMap<OddsFeature, number>;
}

/**
 * How likely a key is read at least once within a period to come. It begins with a Poisson process (half the recent rate, half that of the key's whole
 * life) and corrects it by what settled periods showed, of all keys together: its rate is multiplied by factors that
 * go by the logarithms of what is known of a key.
 */
export class LearnedOdds {
  private readonly model = new AdditiveModel(Object.values(FEATURES), RATE);
  private readonly values = new Float64Array(ODDS_FEATURES.length);
  private settled = 0;

  /** @throws when it isn't what `store` gave, or another version of it */
  static from(stored: unknown): LearnedOdds {
    const odds = new LearnedOdds();
    if (!isStored(stored)) throw new Error('the stored forecast model is broken, or of another version');
    odds.settled = stored.settled;
    odds.model.restore(stored);
    return odds;
  }

  store(): StoredLearnedOdds {
    return { version: LEARNED_ODDS_VERSION, settled: this.settled, ...this.model.store() };
  }

  /** Settled periods that this has learned from. */
  get settledPeriods(): number {
    return this.settled;
  }

  /** Probability of at least one read within [from, from + periodMs), by what was known at `from` (ms since the epoch). */
  probability(
    state: DemandState | undefined,
    from: number,
    periodMs: number,
    traffic: Traffic = UNKNOWN_TRAFFIC,
  ): number {
    if (state === undefined) return 0;
    this.measure(state, from, periodMs, traffic);
    return withRateMoved(priorProbability(state, from, periodMs), this.model.correction(this.values));
  }

  /**
   * Learns from a period that is over, or in which there was a read. `state` and `traffic` are what was known at its beginning.
   *
   * @returns the probability that it was given, before it was learned from
   */
  learn(
    state: DemandState,
    from: number,
    periodMs: number,
    wasRead: boolean,
    traffic: Traffic = UNKNOWN_TRAFFIC,
  ): number {
    const expected = this.probability(state, from, periodMs, traffic);
    this.model.learn(this.values, rateError(expected, wasRead));
    this.settled += 1;
    return expected;
  }

  /** What a probability is made of. */
  reasons(
    state: DemandState,
    from: number,
    periodMs: number,
    traffic: Traffic = UNKNOWN_TRAFFIC,
  ): OddsReasons {
    const probability = this.probability(state, from, periodMs, traffic);
    const effects = this.model.effects(this.values);
    return {
      prior: priorProbability(state, from, periodMs),
      probability,
      effects: new Map(ODDS_FEATURES.map((feature, index) => [feature, effects[index]!])),
    };
  }

  /** Fills in the values, in the order of FEATURES. */
  private measure(state: DemandState, from: number, periodMs: number, { trends, silence }: Traffic): void {
    const { values } = this;
    const age = from - state.firstReadAt;
    values[0] = Math.log2(Math.max(NEXT_TO_NOTHING, (from - state.lastReadAt) / periodMs));
    for (let index = 0; index < 5; index += 1)
      values[1 + index] = Math.log2(
        NEXT_TO_NOTHING + periodMs * recentRate(state, periodMs * 4 ** (index - 1), from),
      );
    values[6] = Math.log2((periodMs * state.reads) / Math.max(periodMs, age));
    values[7] = Math.log2(state.reads);
    values[8] = Math.log2(Math.max(NEXT_TO_NOTHING, age / periodMs));
    values[9] = state.idleLogMean === 0 ? 6 : (state.idleLogMean - Math.log(periodMs)) / Math.LN2;
    values[10] = spreadOf(state);
    values[11] = trends[0];
    values[12] = trends[1];
    values[13] = trends[2];
    values[14] = silence;
  }
}

/** Standard deviation of the natural logarithms of idle periods; that of a Poisson process where there was none yet. */
export function spreadOf({ idleLogMean, idleLogSquare }: DemandState): number {
  if (idleLogSquare === 0) return MEMORYLESS_SPREAD;
  return Math.sqrt(Math.max(0, idleLogSquare - idleLogMean * idleLogMean));
}

function isStored(stored: unknown): stored is StoredLearnedOdds {
  if (typeof stored !== 'object' || stored === null) return false;
  const { version, settled } = stored as Partial<StoredLearnedOdds>;
  return version === LEARNED_ODDS_VERSION && Number.isFinite(settled);
}

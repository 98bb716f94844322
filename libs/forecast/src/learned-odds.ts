import { AdditiveModel, type Knots, type StoredAdditiveModel } from './additive-model.js';
import { type DemandState, recentRate } from './demand-state.js';
import { LinearModel, type StoredLinearModel } from './linear-model.js';
import { rateError, rateTold, withRateMoved } from './moved-odds.js';
import { PendingReads, type StoredPendingReads } from './pending-reads.js';
import { priorProbability, priorRate } from './read-odds.js';
import { type Traffic, UNKNOWN_TRAFFIC } from './traffic.js';

/** Written with what was learned, so that a process of another version knows what it can't read. */
export const LEARNED_ODDS_VERSION = 3;

/** What was learned of copies that expire, as it is stored. */
export interface StoredLearnedOdds extends StoredAdditiveModel {
  readonly version: number;
  /** Settled periods that were learned from. */
  readonly settled: number;
  readonly linear: StoredLinearModel;
  readonly pending: StoredPendingReads;
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

/** A gap of which nothing is known. */
const NO_GAP = 6;

/** How far one outcome moves the lines between knots, at first, in logarithms of the rate. */
const RATE = 0.02;

/** Where the logarithm (base 2) of the prior's expected reads stands, after the features. */
const PRIOR = ODDS_FEATURES.length;

/** How a key's copy that expires came to its probability. */
export interface OddsReasons {
  /** What its rates alone come to. */
  readonly prior: number;
  readonly probability: number;
  /** What each feature adds to the logarithm of the rate, by what was learned. */
  readonly effects: ReadonlyMap<OddsFeature, number>;
  /** What is added to it for all keys alike. */
  readonly common: number;
}

/** A value of the linear model, and the feature whose effect it is told to people as. */
interface LinearValue {
  readonly of?: OddsFeature;
  readonly value: (values: Float64Array) => number;
}

/** Windows are compared with the prior, and all values are about 1 at the most. */
const LINEAR: readonly LinearValue[] = [
  { value: () => 1 },
  { of: 'idle', value: idleOf },
  { of: 'idle', value: (values) => idleOf(values) ** 2 },
  ...(['quarterRate', 'rate', 'fourfoldRate', 'sixteenfoldRate', 'sixtyFourfoldRate'] as const).map(
    (of, index): LinearValue => ({
      of,
      value: (values) => between(values[1 + index]! - values[PRIOR]!, -5, 5) / 2,
    }),
  ),
  { of: 'lifetimeRate', value: priorOf },
  { of: 'lifetimeRate', value: (values) => priorOf(values) ** 2 },
  { of: 'reads', value: (values) => values[7]! / 4 - 1 },
  { of: 'age', value: (values) => values[8]! / 4 - 1 },
  {
    of: 'gap',
    value: (values) => (values[9] === NO_GAP ? 0 : between(values[9]! + values[PRIOR]!, -6, 6) / 3),
  },
  { of: 'gap', value: (values) => (values[9] === NO_GAP ? 1 : 0) },
  { of: 'spread', value: (values) => values[10]! - MEMORYLESS_SPREAD },
  ...(['minuteTrend', 'tenMinuteTrend', 'hourTrend'] as const).map((of, index): LinearValue => ({
    of,
    value: (values) => between(values[11 + index]!, -2, 2),
  })),
];

function idleOf(values: Float64Array): number {
  return between(values[0]!, -4, 7) / 3;
}

function priorOf(values: Float64Array): number {
  return between(values[PRIOR]!, -6, 5) / 3;
}

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/**
 * How likely a key is read at least once within a period to come. It begins with a Poisson process (half the recent rate, half that of the key's whole
 * life) and corrects it by what settled periods showed, of all keys together: its rate is multiplied by factors that
 * go by the logarithms of what is known of a key. A linear model finds the gist of them within some hundred periods, and lines between knots the rest within thousands.
 */
export class LearnedOdds {
  private readonly lines = new AdditiveModel(Object.values(FEATURES), RATE);
  private readonly linear = new LinearModel(LINEAR.length);
  private readonly pending = new PendingReads(ODDS_FEATURES.length + 1);
  private values: Float64Array = new Float64Array(ODDS_FEATURES.length + 1);
  private readonly linearValues = new Float64Array(LINEAR.length);
  private settled = 0;

  /** @throws when it isn't what `store` gave, or another version of it */
  static from(stored: unknown): LearnedOdds {
    const odds = new LearnedOdds();
    if (!isStored(stored)) throw new Error('the stored forecast model is broken, or of another version');
    odds.settled = stored.settled;
    odds.lines.restore(stored);
    odds.linear.restore(stored.linear);
    odds.pending.restore(stored.pending);
    return odds;
  }

  store(): StoredLearnedOdds {
    return {
      version: LEARNED_ODDS_VERSION,
      settled: this.settled,
      ...this.lines.store(),
      linear: this.linear.store(),
      pending: this.pending.store(),
    };
  }

  /** Settled periods that this has learned from, or will when they are over. */
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
    return this.expected();
  }

  /**
   * A period is settled: it is over, or there was a read. `state` and `traffic` are what was known at its beginning. It is learned from when it is over, read or not.
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
    this.settled += 1;
    if (!this.pending.isTaken(from, state.firstReadAt)) return expected;
    if (wasRead) this.pending.add(from + periodMs, this.values);
    else this.take(expected, false);
    return expected;
  }

  /** Time goes on, to `now` (ms since the epoch): reads are learned from whose periods are over. */
  advance(now: number): void {
    for (const { values } of this.pending.take(now)) {
      this.values = values;
      this.take(this.expected(), true);
    }
  }

  /** What a probability is made of. */
  reasons(
    state: DemandState,
    from: number,
    periodMs: number,
    traffic: Traffic = UNKNOWN_TRAFFIC,
  ): OddsReasons {
    const probability = this.probability(state, from, periodMs, traffic);
    const byLines = this.lines.effects(this.values);
    const effects = new Map(ODDS_FEATURES.map((feature, index) => [feature, byLines[index]!]));
    let common = 0;
    LINEAR.forEach(({ of }, index) => {
      const effect = this.linear.effect(this.linearValues, index);
      if (of === undefined) common += effect;
      else effects.set(of, effects.get(of)! + effect);
    });
    return { prior: priorProbability(state, from, periodMs), probability, effects, common };
  }

  /** The probability for the values that were measured last. */
  private expected(): number {
    const { values, linearValues } = this;
    for (let index = 0; index < LINEAR.length; index += 1) linearValues[index] = LINEAR[index]!.value(values);
    const prior = -Math.expm1(-(2 ** values[PRIOR]!));
    return withRateMoved(prior, this.linear.correction(linearValues) + this.lines.correction(values));
  }

  private take(expected: number, wasRead: boolean): void {
    const error = rateError(expected, wasRead);
    this.linear.learn(this.linearValues, error, rateTold(expected));
    this.lines.learn(this.values, error);
  }

  /** Fills in the values, in the order of FEATURES, and the prior's. */
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
    values[9] = state.idleLogMean === 0 ? NO_GAP : (state.idleLogMean - Math.log(periodMs)) / Math.LN2;
    values[10] = spreadOf(state);
    values[11] = trends[0];
    values[12] = trends[1];
    values[13] = trends[2];
    values[14] = silence;
    values[PRIOR] = Math.log2(periodMs * priorRate(state, from, periodMs));
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

/** What a model of this kind has learned, as it is stored: per knot of each feature. */
export interface StoredAdditiveModel {
  readonly weights: readonly number[];
  /** Sums of squared gradients, which slow each knot down by what it has seen. */
  readonly seen: readonly number[];
}

/** A feature of a model: where its knots stand. Between two knots its effect is a straight line, beyond the outer ones it stays. */
export interface Knots {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * How much of what a knot has seen is left after another look at it. It bounds the past: rates of learning don't go to zero, and a knot follows demand that
 * becomes another.
 */
const REMEMBER = 0.9998;

/** Squared gradients that a knot counts as seen before it saw any: so the first few outcomes don't throw it about. */
const SEEN_FIRST = 5;

/**
 * A correction that is learned online: a sum of piecewise linear functions of one feature each (Hastie and Tibshirani, "Generalized Additive Models", 1990). What
 * is corrected, a logit or the logarithm of a rate, is its owner's business. Rates of learning are per knot, after AdaGrad (Duchi, Hazan and Singer, JMLR 12, 2011), as McMahan
 * et al. use them in "Ad Click Prediction: a View from the Trenches" (KDD 2013).
 */
export class AdditiveModel {
  private readonly weights: Float64Array;
  private readonly seen: Float64Array;
  private readonly starts: readonly number[];
  /** For each feature: the lower of the two knots beside its value, and the share of the upper one. */
  private readonly place: Int32Array;
  private readonly share: Float64Array;

  /** @param rate how far a knot moves at first */
  constructor(
    private readonly features: readonly Knots[],
    private readonly rate: number,
  ) {
    let total = 0;
    this.starts = features.map(({ count }) => (total += count) - count);
    this.weights = new Float64Array(total);
    this.seen = new Float64Array(total);
    this.place = new Int32Array(features.length);
    this.share = new Float64Array(features.length);
  }

  /** @throws when it isn't what `store` gave, for these features */
  restore(stored: unknown): void {
    if (!isStored(stored, this.weights.length)) throw new Error('the stored weights are broken');
    this.weights.set(stored.weights);
    this.seen.set(stored.seen);
  }

  store(): StoredAdditiveModel {
    return { weights: Array.from(this.weights, rounded), seen: Array.from(this.seen, rounded) };
  }

  /** The correction for values of the features. */
  correction(values: ArrayLike<number>): number {
    this.locate(values);
    let sum = 0;
    for (let feature = 0; feature < this.features.length; feature += 1) sum += this.effectAt(feature);
    return sum;
  }

  /** What each feature adds to it. */
  effects(values: ArrayLike<number>): readonly number[] {
    this.locate(values);
    return this.features.map((_, feature) => this.effectAt(feature));
  }

  /** Learns from an outcome with these values. @param error by how much the correction was too high: the gradient of the loss */
  learn(values: ArrayLike<number>, error: number): void {
    this.locate(values);
    for (let feature = 0; feature < this.features.length; feature += 1) {
      const place = this.place[feature]!;
      const share = this.share[feature]!;
      if (share < 1) this.move(place, error * (1 - share));
      if (share > 0) this.move(place + 1, error * share);
    }
  }

  private move(knot: number, gradient: number): void {
    const seen = REMEMBER * this.seen[knot]! + gradient * gradient;
    this.seen[knot] = seen;
    this.weights[knot]! -= (this.rate * gradient) / Math.sqrt(SEEN_FIRST + seen);
  }

  private effectAt(feature: number): number {
    const place = this.place[feature]!;
    const share = this.share[feature]!;
    return (1 - share) * this.weights[place]! + (share > 0 ? share * this.weights[place + 1]! : 0);
  }

  private locate(values: ArrayLike<number>): void {
    for (let feature = 0; feature < this.features.length; feature += 1) {
      const { from, to, count } = this.features[feature]!;
      const position = ((values[feature]! - from) / (to - from)) * (count - 1);
      const bounded = position > 0 ? Math.min(position, count - 1) : 0;
      const lower = Math.floor(bounded);
      this.place[feature] = this.starts[feature]! + lower;
      this.share[feature] = bounded - lower;
    }
  }
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function isStored(stored: unknown, length: number): stored is StoredAdditiveModel {
  if (typeof stored !== 'object' || stored === null) return false;
  const { weights, seen } = stored as Partial<StoredAdditiveModel>;
  const isNumbers = (numbers: unknown): numbers is number[] =>
    Array.isArray(numbers) && numbers.length === length && numbers.every(Number.isFinite);
  return isNumbers(weights) && isNumbers(seen) && seen.every((sum) => sum >= 0);
}

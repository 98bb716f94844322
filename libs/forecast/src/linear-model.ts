/** What a model of this kind has learned, as it is stored. */
export interface StoredLinearModel {
  readonly weights: readonly number[];
  /** How unsure each pair of weights is: the covariance, row by row. */
  readonly unsure: readonly number[];
}

/** Variance of a weight of which nothing is known, and what share of it comes back with every outcome: demand becomes another. */
const FIRST_VARIANCE = 0.05;
const FORGET = 1e-4;

/** Most and least that one outcome is taken to tell. */
const TELLS = { least: 1e-4, most: 1.5 };

/**
 * A linear correction that is learned online, of few values at once: how sure each pair of weights is tells how far an outcome moves them, so that some hundred
 * outcomes are enough, and those that are told by others as well don't count twice. It is the extended Kalman filter of a generalized linear model (Fahrmeir and Tutz, "Multivariate Statistical
 * Modelling Based on Generalized Linear Models", 1994); on the quadratic form of the losses it is what "online Newton steps" are.
 */
export class LinearModel {
  private readonly weights: Float64Array;
  private readonly unsure: Float64Array;
  private readonly gain: Float64Array;

  constructor(private readonly size: number) {
    this.weights = new Float64Array(size);
    this.unsure = new Float64Array(size * size);
    this.gain = new Float64Array(size);
    for (let index = 0; index < size; index += 1) this.unsure[index * size + index] = FIRST_VARIANCE;
  }

  /** @throws when it isn't what `store` gave, for so many values */
  restore(stored: unknown): void {
    if (!isStored(stored, this.size)) throw new Error('the stored linear weights are broken');
    this.weights.set(stored.weights);
    this.unsure.set(stored.unsure);
  }

  store(): StoredLinearModel {
    return { weights: Array.from(this.weights, rounded), unsure: Array.from(this.unsure, rounded) };
  }

  /** The correction for values, each of which is about 1 at the most. */
  correction(values: ArrayLike<number>): number {
    let sum = 0;
    for (let index = 0; index < this.size; index += 1) sum += this.weights[index]! * values[index]!;
    return sum;
  }

  /** What one of the values adds to it. */
  effect(values: ArrayLike<number>, index: number): number {
    return this.weights[index]! * values[index]!;
  }

  /**
   * Learns from an outcome with these values.
   *
   * @param error by how much the correction was too high: the gradient of the loss
   * @param tells how much outcomes like this one tell: the square of that gradient in the mean
   */
  learn(values: ArrayLike<number>, error: number, tells: number): void {
    const { size, unsure, gain, weights } = this;
    const told = Math.min(TELLS.most, Math.max(TELLS.least, tells));
    let known = 0;
    for (let row = 0; row < size; row += 1) {
      let sum = 0;
      for (let column = 0; column < size; column += 1) sum += unsure[row * size + column]! * values[column]!;
      gain[row] = sum;
      known += sum * values[row]!;
    }
    const step = 1 / (1 + told * known);
    for (let row = 0; row < size; row += 1) {
      weights[row]! -= step * gain[row]! * error;
      const less = told * step * gain[row]!;
      for (let column = 0; column < size; column += 1) unsure[row * size + column]! -= less * gain[column]!;
      unsure[row * size + row]! += FORGET * (FIRST_VARIANCE - unsure[row * size + row]!);
    }
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(7));
}

function isStored(stored: unknown, size: number): stored is StoredLinearModel {
  if (typeof stored !== 'object' || stored === null) return false;
  const { weights, unsure } = stored as Partial<StoredLinearModel>;
  const isNumbers = (numbers: unknown, length: number): numbers is number[] =>
    Array.isArray(numbers) && numbers.length === length && numbers.every(Number.isFinite);
  if (!isNumbers(weights, size) || !isNumbers(unsure, size * size)) return false;
  return weights.every((_, index) => unsure[index * size + index]! > 0);
}

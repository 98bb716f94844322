/** Forecasts of about the same probability, and what became of them. */
export interface CalibrationBin {
  readonly periods: number;
  /** Sum of the probabilities that were given. */
  readonly expected: number;
  /** How many of the periods were read in. */
  readonly read: number;
}

export interface StoredCalibration {
  readonly bins: readonly (readonly [periods: number, expected: number, read: number])[];
  /** Sum of the squared errors. */
  readonly squares: number;
}

/** A twentieth each. */
const BINS = 20;

/** How much of the past a settled period leaves: some hundred thousand are remembered. */
const REMEMBER = 1 - 1e-5;

/** How far probabilities can be trusted, by what settled periods showed; counted with decay. */
export class Calibration {
  private readonly periods = new Float64Array(BINS);
  private readonly expected = new Float64Array(BINS);
  private readonly read = new Float64Array(BINS);
  private squares = 0;
  /** What a new period weighs: it grows, so that the old ones need not be touched. */
  private weight = 1;

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown): Calibration {
    if (!isStored(stored)) throw new Error('the stored calibration is broken');
    const calibration = new Calibration();
    stored.bins.forEach(([periods, expected, read], bin) => {
      calibration.periods[bin] = periods;
      calibration.expected[bin] = expected;
      calibration.read[bin] = read;
    });
    calibration.squares = stored.squares;
    return calibration;
  }

  store(): StoredCalibration {
    const rounded = (value: number) => Math.round((1_000 * value) / this.weight) / 1_000;
    return {
      bins: Array.from(this.periods, (periods, bin) => [
        rounded(periods),
        rounded(this.expected[bin]!),
        rounded(this.read[bin]!),
      ]),
      squares: rounded(this.squares),
    };
  }

  /** Counts a settled period that was given a probability. */
  count(probability: number, wasRead: boolean): void {
    const bin = Math.min(BINS - 1, Math.floor(BINS * probability));
    this.periods[bin]! += this.weight;
    this.expected[bin]! += this.weight * probability;
    if (wasRead) this.read[bin]! += this.weight;
    this.squares += this.weight * (probability - (wasRead ? 1 : 0)) ** 2;
    this.weight /= REMEMBER;
  }

  /** The reliability curve: from the least likely to the most. */
  get bins(): readonly CalibrationBin[] {
    return this.store().bins.map(([periods, expected, read]) => ({ periods, expected, read }));
  }

  /** Mean squared error of the probabilities (Brier, 1950), from 0 to 1; null before there was a period. */
  get brier(): number | null {
    const total = sum(this.periods);
    return total === 0 ? null : this.squares / total;
  }

  /** Mean distance between what was expected and what came, over bins by how many periods are in them; null before there was one. */
  get error(): number | null {
    const total = sum(this.periods);
    if (total === 0) return null;
    return sum(this.expected.map((expected, bin) => Math.abs(expected - this.read[bin]!))) / total;
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function isStored(stored: unknown): stored is StoredCalibration {
  if (typeof stored !== 'object' || stored === null) return false;
  const { bins, squares } = stored as Partial<StoredCalibration>;
  const isBin = (bin: unknown) =>
    Array.isArray(bin) && bin.length === 3 && bin.every((count) => Number.isFinite(count) && count >= 0);
  return Number.isFinite(squares) && Array.isArray(bins) && bins.length === BINS && bins.every(isBin);
}

/** Scores from 1/150 to 400, in steps of a tenth of their natural logarithm. */
const LOWEST_LOG = -5;
const STEP = 0.1;
const BINS = 110;

/** So many candidates, weighed by their costs, are remembered at least. */
const LEAST_MEMORY = 500;

/** Weight after which the past is made to fade: often enough for it to fade evenly. */
const FADE_EVERY = 10;

export interface StoredScoreHistogram {
  readonly candidates: number;
  /** What of them came since the past was made to fade. */
  readonly unfaded: number;
  readonly extra: readonly number[];
}

/** What candidates of late would have cost, by score: from it a threshold is read off for what may be spent. */
export class ScoreHistogram {
  private readonly extra = new Float64Array(BINS);
  private candidates = 0;
  private unfaded = 0;
  private memory = LEAST_MEMORY;

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown): ScoreHistogram {
    if (!isStored(stored)) throw new Error('the stored scores are broken');
    const scores = new ScoreHistogram();
    scores.extra.set(stored.extra);
    scores.candidates = stored.candidates;
    scores.unfaded = stored.unfaded;
    return scores;
  }

  store(): StoredScoreHistogram {
    const rounded = (value: number) => Math.round(value * 1e4) / 1e4;
    return {
      candidates: rounded(this.candidates),
      unfaded: rounded(this.unfaded),
      extra: Array.from(this.extra, rounded),
    };
  }

  /** How many candidates are remembered, weighed by their costs; not fewer than 500. It isn't stored. */
  remember(candidates: number): void {
    this.memory = Math.max(LEAST_MEMORY, candidates);
  }

  /** @param extra load that it adds to that of cache-aside if it is warmed */
  add(score: number, extra: number, cost: number): void {
    this.candidates += cost;
    this.unfaded += cost;
    if (score > 0) {
      const bin = Math.floor((Math.log(score) - LOWEST_LOG) / STEP);
      if (bin >= 0) this.extra[Math.min(BINS - 1, bin)]! += extra;
    }
    if (this.unfaded >= FADE_EVERY) this.fade();
  }

  /** The score above which candidates together cost a share of what copies cost that expire; 0 if all of them cost less. */
  thresholdFor(share: number): number {
    const allowed = share * this.candidates;
    let spent = 0;
    for (let bin = BINS - 1; bin >= 0; bin -= 1) {
      const cost = this.extra[bin]!;
      if (spent + cost > allowed) {
        const part = Math.max(0, allowed - spent) / cost;
        return Math.exp(LOWEST_LOG + STEP * (bin + 1 - part));
      }
      spent += cost;
    }
    return 0;
  }

  private fade(): void {
    const left = Math.exp(-this.unfaded / this.memory);
    this.unfaded = 0;
    this.candidates *= left;
    for (let bin = 0; bin < BINS; bin += 1) this.extra[bin]! *= left;
  }
}

function isStored(stored: unknown): stored is StoredScoreHistogram {
  if (typeof stored !== 'object' || stored === null) return false;
  const { candidates, unfaded, extra } = stored as Partial<StoredScoreHistogram>;
  return (
    Number.isFinite(candidates) &&
    Number.isFinite(unfaded) &&
    Array.isArray(extra) &&
    extra.length === BINS &&
    extra.every(Number.isFinite)
  );
}

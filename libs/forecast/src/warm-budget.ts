/** What the controller knows, as it is stored. Fetches are weighed by their cost: 1 for a page, less for a conditional request. */
export interface StoredWarmBudget {
  readonly asideFetches: number;
  readonly fetches: number;
  readonly adjustedAt: number;
  readonly adjustedFetches: number;
  readonly level: number;
  /** What was allowed when this was stored, for whoever looks at it: a budget goes by what it is made with. */
  readonly share: number;
}

/** What is aimed at lies this much below the promise, so that noise doesn't break it. */
const AIM = 0.99;

/** Most fetches by which the promise may be overdrawn for a moment: a warm costs now and saves its miss later. */
const BURST = 50;

/** Fetches (of cache-aside) over which an overdraft is to be made good. */
const HORIZON = { min: 200, max: 1_000 };

/** The controller's gains, on a threshold in logits, per share of the budget. Found by replay on four traces; a factor of three either way costs 0.3 points at the most. */
const INTEGRAL_GAIN = 0.0015;
const PROPORTIONAL_GAIN = 1;

/** Where the threshold begins, in logits (0.88), and between which values it moves. */
const FIRST_LEVEL = 2;
const LEVELS = { min: -3, max: 5 };

/** Fetches (of cache-aside) between two adjustments. */
const ADJUST_EVERY = 20;

/** Below this a warm is a waste, whatever the budget has left: nothing is done unless it beats doing nothing. */
const LOWEST_THRESHOLD = 0.05;

/**
 * Holds the origin load at a share above that of fixed-TTL cache-aside. A ghost counts what that would have fetched (the demand state's `asideUntil`);
 * a proportional-integral controller moves the score that a candidate must reach, and a token bucket makes the promise hard.
 */
export class WarmBudget {
  private state: Omit<StoredWarmBudget, 'share'> = {
    asideFetches: 0,
    fetches: 0,
    adjustedAt: 0,
    adjustedFetches: 0,
    level: FIRST_LEVEL,
  };

  private reserved = 0;

  /** @param share extra origin load that is allowed: 0.1 is a tenth; 0 warms nothing */
  constructor(private readonly share: number) {}

  /** @throws when it isn't what `store` gave */
  static from(share: number, stored: unknown): WarmBudget {
    if (!isStored(stored)) throw new Error('the stored budget is broken');
    const budget = new WarmBudget(share);
    budget.state = stored;
    return budget;
  }

  store(): StoredWarmBudget {
    return { ...this.state, share: this.share };
  }

  /** Cache-aside would have fetched now, what it had fetched before. */
  countAside(cost: number): void {
    this.state = { ...this.state, asideFetches: this.state.asideFetches + cost };
    this.adjust();
  }

  /** The origin was asked for a page that nobody had ever asked for: with or without a cache ahead of its readers. */
  countFirst(cost: number): void {
    this.countFetch(cost); // before the controller looks: any number of these is no reason to spend more or less
    this.countAside(cost);
  }

  /** The origin was asked, for whatever reason. */
  countFetch(cost: number): void {
    this.state = { ...this.state, fetches: this.state.fetches + cost };
  }

  /** Sets aside a share of the budget for a warm that is on its way; a negative cost gives it back. It is not stored. */
  reserve(cost: number): void {
    this.reserved += cost;
  }

  /** Whether a warm of this score and cost is worth it now. */
  admits(score: number, cost: number): boolean {
    return score >= this.threshold && this.slack(1) + BURST >= cost;
  }

  /** The score that a candidate must reach; Infinity where no extra load is allowed. */
  get threshold(): number {
    if (this.share <= 0) return Infinity;
    const horizon = Math.min(HORIZON.max, Math.max(HORIZON.min, this.state.asideFetches));
    const overdraft = -this.slack(AIM) / (this.share * horizon);
    const logit = this.state.level + PROPORTIONAL_GAIN * overdraft;
    return Math.max(LOWEST_THRESHOLD, 1 / (1 + Math.exp(-logit)));
  }

  /** Fetches that are left of the budget; negative when it is overdrawn. */
  slack(aim = 1): number {
    return (1 + this.share * aim) * this.state.asideFetches - this.state.fetches - this.reserved;
  }

  /** Fetches so far, relative to those of cache-aside. */
  get load(): number {
    return this.state.asideFetches === 0 ? 1 : this.state.fetches / this.state.asideFetches;
  }

  private adjust(): void {
    const { asideFetches, fetches, adjustedAt, adjustedFetches, level } = this.state;
    const aside = asideFetches - adjustedAt;
    if (aside < ADJUST_EVERY || this.share === 0) return;
    const excess = (fetches - adjustedFetches - (1 + this.share * AIM) * aside) / this.share;
    this.state = {
      ...this.state,
      adjustedAt: asideFetches,
      adjustedFetches: fetches,
      level: Math.min(LEVELS.max, Math.max(LEVELS.min, level + INTEGRAL_GAIN * excess)),
    };
  }
}

function isStored(stored: unknown): stored is StoredWarmBudget {
  if (typeof stored !== 'object' || stored === null) return false;
  const { asideFetches, fetches, adjustedAt, adjustedFetches, level, share } =
    stored as Partial<StoredWarmBudget>;
  return [asideFetches, fetches, adjustedAt, adjustedFetches, level, share].every(Number.isFinite);
}

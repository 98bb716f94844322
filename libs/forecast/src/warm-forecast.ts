import { type DemandState, type KeyReads, withReads } from './demand-state.js';
import { ReadOdds, type StoredReadOdds } from './read-odds.js';
import { type StoredWarmBudget, WarmBudget } from './warm-budget.js';
import { isSettledBy, outcomeOf, OUTCOMES, type WarmOutcome, type WarmPeriod } from './warm-period.js';

/** A copy, as far as warming it goes. */
export interface StoredCopy {
  /** When the copy expires, in ms since the epoch. */
  readonly dueAt: number;
  /** How long a copy of it lives, in ms. */
  readonly ttlMs: number;
  /** Load of fetching it on its origin: 1 for a page, less for a conditional request. */
  readonly cost: number;
}

/** A copy that expires, and what is known of its demand. */
export interface WarmCandidate extends StoredCopy {
  /** Undefined for a key that was never read. */
  readonly demand: DemandState | undefined;
}

/** What is planned for a candidate. */
export interface WarmDecision<Candidate extends WarmCandidate> {
  readonly candidate: Candidate;
  /** Of at least one read within the next period of freshness. */
  readonly probability: number;
  /** Expected benefit per unit of origin load: what candidates are ordered by. */
  readonly score: number;
  readonly warm: boolean;
}

/** All that is learned, as it is stored. */
export interface StoredWarmForecast {
  readonly odds: StoredReadOdds;
  readonly budget: StoredWarmBudget;
  /** The last read of any key, in ms since the epoch; null before there was one. */
  readonly lastReadAt: number | null;
  readonly outcomes: Readonly<Record<WarmOutcome, number>>;
}

/** A conditional request's load on an origin, where a page is 1: a 304 is neither rendered nor sent. */
export const CONDITIONAL_COST = 0.25;

/** Nothing is decided while all traffic has been silent for this share of a lifetime: expiries then say nothing about demand. */
const SILENCE = 0.5;

/**
 * Demand in, decisions out: the one forecaster that the service and the replay run. It knows no clock and does no I/O, and holds only what is
 * common to all keys; what is known of each key comes and goes as arguments.
 */
export class WarmForecast {
  private lastReadAt = 0;
  private readonly settled: Record<WarmOutcome, number> = { used: 0, wasted: 0, skipped: 0, missed: 0 };

  constructor(
    readonly budget: WarmBudget,
    readonly odds = new ReadOdds(),
  ) {}

  /** @throws when what is stored can't be read */
  static from(stored: unknown, budgetShare: number): WarmForecast {
    if (!isStored(stored)) throw new Error('the stored forecast is broken');
    const forecast = new WarmForecast(
      WarmBudget.from(budgetShare, stored.budget),
      ReadOdds.from(stored.odds),
    );
    forecast.lastReadAt = stored.lastReadAt ?? Number.NEGATIVE_INFINITY;
    Object.assign(forecast.settled, stored.outcomes);
    return forecast;
  }

  store(): StoredWarmForecast {
    return {
      odds: this.odds.store(),
      budget: this.budget.store(),
      lastReadAt: Number.isFinite(this.lastReadAt) ? this.lastReadAt : null, // JSON has no -Infinity
      outcomes: { ...this.settled },
    };
  }

  /** How the periods so far ended. */
  get outcomes(): Readonly<Record<WarmOutcome, number>> {
    return this.settled;
  }

  /**
   * Adds reads of one key to its demand, settles the period in which they are the first, and counts what cache-aside would have fetched.
   *
   * @param period the key's last expiry and what followed; undefined if its copy has never expired
   * @param copy when its copy expires, how long such a copy lives (ms), and what it costs; undefined for a key without one
   */
  countReads(
    demand: DemandState | undefined,
    seen: KeyReads,
    period: WarmPeriod | undefined,
    copy: StoredCopy | undefined,
  ): { readonly demand: DemandState; readonly outcome: WarmOutcome | undefined } {
    this.lastReadAt = Math.max(this.lastReadAt, seen.lastAt);
    const isSettled = period !== undefined && isSettledBy(period, demand?.lastReadAt, seen);
    const outcome = isSettled ? this.settle(demand, period, true) : undefined;
    const counted = withReads(demand, seen);
    return {
      demand: copy === undefined ? counted : this.countAside(counted, seen, copy),
      outcome,
    };
  }

  /** Settles a period that is over, unless there were reads since it began: then they have settled it, or came too late to say. */
  settleUnread(demand: DemandState | undefined, period: WarmPeriod): WarmOutcome | undefined {
    if (demand !== undefined && demand.lastReadAt >= period.from) return undefined;
    return this.settle(demand, period, false);
  }

  /**
   * Decides for candidates whose copies expire: one decision per copy, at its expiry. Those that are worth most per unit of load come first, and get
   * what the budget has.
   *
   * @param now ms since the epoch
   */
  plan<Candidate extends WarmCandidate>(
    candidates: readonly Candidate[],
    now: number,
  ): readonly WarmDecision<Candidate>[] {
    const scored = candidates.map((candidate) => {
      const probability = this.odds.probability(candidate.demand, candidate.dueAt, candidate.ttlMs);
      return { candidate, probability, score: probability / candidate.cost };
    });
    scored.sort((one, other) => other.score - one.score);
    return scored.map((decision) => ({ ...decision, warm: this.warms(decision, now) }));
  }

  private warms({ candidate, score }: Omit<WarmDecision<WarmCandidate>, 'warm'>, now: number): boolean {
    const isSilent = now - this.lastReadAt > SILENCE * candidate.ttlMs;
    if (isSilent || !this.budget.admits(score, candidate.cost)) return false;
    this.budget.reserve(candidate.cost);
    return true;
  }

  private settle(demand: DemandState | undefined, period: WarmPeriod, wasRead: boolean): WarmOutcome {
    if (demand !== undefined) this.odds.learn(demand, period.from, period.until - period.from, wasRead);
    const outcome = outcomeOf(period, wasRead);
    this.settled[outcome] += 1;
    return outcome;
  }

  /**
   * A copy that is fetched at a read alone, and kept for a lifetime: the ghost that the budget is measured against. It begins with the first copy there is, whose
   * fetch is nobody's choice and is counted apart (`WarmBudget.countFirst`).
   */
  private countAside(
    demand: DemandState,
    { firstAt, lastAt }: KeyReads,
    { dueAt, ttlMs, cost }: StoredCopy,
  ): DemandState {
    let asideUntil = demand.asideUntil === 0 ? dueAt : demand.asideUntil;
    for (const at of [firstAt, lastAt]) {
      if (at < asideUntil) continue;
      this.budget.countAside(cost);
      asideUntil = at + ttlMs;
    }
    return { ...demand, asideUntil };
  }
}

/** Odds and budget look after themselves. */
function isStored(stored: unknown): stored is StoredWarmForecast {
  if (typeof stored !== 'object' || stored === null) return false;
  const { lastReadAt, outcomes } = stored as Partial<StoredWarmForecast>;
  if (lastReadAt !== null && !Number.isFinite(lastReadAt)) return false;
  return OUTCOMES.every((outcome) => Number.isFinite(outcomes?.[outcome]));
}

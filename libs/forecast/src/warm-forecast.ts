import { Calibration, type StoredCalibration } from './calibration.js';
import { type DemandState, type KeyReads, withReads } from './demand-state.js';
import { HostBudgets, type StoredHostBudgets } from './host-budgets.js';
import { HostOdds, type StoredHostOdds } from './host-odds.js';
import { LearnedOdds, type StoredLearnedOdds } from './learned-odds.js';
import { moved } from './moved-odds.js';
import type { ReadOdds } from './read-odds.js';
import { RhythmOdds, type StoredRhythmOdds } from './rhythm-odds.js';
import { type StoredTrafficHistory, TrafficHistory } from './traffic.js';
import { type StoredWarmBudget, WarmBudget, type WarmOffer } from './warm-budget.js';
import { firstMoment, laterMoment, type MomentKind, type WarmMoment } from './warm-moment.js';
import { type Reason, whyLikely } from './why-likely.js';
import { whyRhythmic } from './why-rhythmic.js';
import { isSettledBy, outcomeOf, OUTCOMES, type WarmOutcome, type WarmPeriod } from './warm-period.js';

/** A copy, as far as warming it goes. */
export interface StoredCopy {
  /** When the copy expires, in ms since the epoch. */
  readonly dueAt: number;
  /** How long a copy of it lives, in ms. */
  readonly ttlMs: number;
  /** Load of fetching it on its origin: 1 for a page, less for a conditional request. */
  readonly cost: number;
  /** Where budgets are held, and young keys are known, by host. */
  readonly host?: string | undefined;
}

/** A copy that expires, and what is known of its demand. */
export interface WarmCandidate extends StoredCopy {
  /** Undefined for a key that was never read. */
  readonly demand: DemandState | undefined;
  /**
   * The moment that an earlier decision put off to (its `next`); undefined at the expiry. Whoever never passes one on decides at expiries alone, and leaves `next` alone,
   * too.
   */
  readonly moment?: WarmMoment | undefined;
  /** Whether a decision may be put off; it is made at the expiry by default. */
  readonly canWait?: boolean;
}

/** What is planned for a candidate. */
export interface WarmDecision<Candidate extends WarmCandidate> {
  readonly candidate: Candidate;
  /** Why it is decided upon now. */
  readonly kind: MomentKind;
  /** Of at least one read within the next period of freshness. */
  readonly probability: number;
  /** Misses avoided per unit of added origin load: what candidates are ordered by. */
  readonly score: number;
  readonly warm: boolean;
  /** When to decide upon it once more, if it isn't warmed and nobody reads it. Undefined: not before its next copy expires. */
  readonly next: WarmMoment | undefined;
  /** What followed is a period of this copy; undefined where the decision was only put off. */
  readonly period: WarmPeriod | undefined;
}

/** What is expected of a copy's key. */
export interface Outlook extends WarmMoment {
  /** Of at least one read within the lifetime after the moment, from 0 to 1. */
  readonly probability: number;
  /** What moved it, the weightiest first; none for a key with a rhythm. */
  readonly reasons: readonly Reason[];
  /** The rhythm that it goes by, in words. */
  readonly rhythm: string | undefined;
}

/** All that is learned, as it is stored. */
export interface StoredWarmForecast {
  readonly odds: StoredLearnedOdds;
  readonly rhythm: StoredRhythmOdds;
  readonly hostOdds: StoredHostOdds;
  readonly traffic: StoredTrafficHistory;
  readonly calibration: StoredCalibration;
  readonly budget: StoredWarmBudget;
  readonly hostBudgets: StoredHostBudgets;
  readonly outcomes: Readonly<Record<WarmOutcome, number>>;
}

/** What probabilities of copies that expire are told by: what is learned, or a table as a yardstick. */
export type ExpiryOdds = LearnedOdds | ReadOdds;

export interface WarmForecastOptions {
  readonly odds?: ExpiryOdds;
  /** Extra load that is allowed on one host; no more than the budget of all by default, and for copies with a host. */
  readonly hostShare?: number | undefined;
}

/** A conditional request's load on an origin, where a page is 1: a 304 is neither rendered nor sent. */
export const CONDITIONAL_COST = 0.25;

/** Nothing is decided at an expiry while all traffic has been silent for this share of a lifetime: expiries then say nothing about demand. */
const SILENCE = 0.5;

/** How soon (ms) a key is read that is warmed just before it is expected to be. */
const SOON_MS = 300_000;

/** Nothing is more certain. */
const CERTAIN = 0.9999;

/**
 * Demand in, decisions out: the one forecaster that the service and the replay run. It knows no clock and does no I/O, and holds only what is
 * common to all keys; what is known of each key comes and goes as arguments.
 */
export class WarmForecast {
  readonly odds: ExpiryOdds;
  private rhythm = new RhythmOdds();
  private hostOdds = new HostOdds();
  private traffic = new TrafficHistory();
  private hosts: HostBudgets | undefined;
  private readonly settled: Record<WarmOutcome, number> = { used: 0, wasted: 0, skipped: 0, missed: 0 };
  private reliability = new Calibration();

  constructor(
    readonly budget: WarmBudget,
    { odds = new LearnedOdds(), hostShare }: WarmForecastOptions = {},
  ) {
    this.odds = odds;
    if (hostShare !== undefined) this.hosts = new HostBudgets(hostShare);
  }

  /** @throws when what is stored can't be read */
  static from(stored: unknown, budgetShare: number, hostShare?: number): WarmForecast {
    if (!isStored(stored)) throw new Error('the stored forecast is broken');
    const forecast = new WarmForecast(WarmBudget.from(budgetShare, stored.budget), {
      odds: LearnedOdds.from(stored.odds),
    });
    forecast.rhythm = RhythmOdds.from(stored.rhythm);
    forecast.hostOdds = HostOdds.from(stored.hostOdds);
    forecast.traffic = TrafficHistory.from(stored.traffic);
    forecast.reliability = Calibration.from(stored.calibration);
    if (hostShare !== undefined) forecast.hosts = HostBudgets.from(hostShare, stored.hostBudgets);
    Object.assign(forecast.settled, stored.outcomes);
    return forecast;
  }

  store(): StoredWarmForecast {
    if (!(this.odds instanceof LearnedOdds)) throw new Error('a yardstick is not stored');
    return {
      odds: this.odds.store(),
      rhythm: this.rhythm.store(),
      hostOdds: this.hostOdds.store(),
      traffic: this.traffic.store(),
      calibration: this.reliability.store(),
      budget: this.budget.store(),
      hostBudgets: this.hosts?.store() ?? [],
      outcomes: { ...this.settled },
    };
  }

  /** How the periods so far ended. */
  get outcomes(): Readonly<Record<WarmOutcome, number>> {
    return this.settled;
  }

  /** How far its probabilities could be trusted so far. */
  get calibration(): Calibration {
    return this.reliability;
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
    this.traffic.count(seen.reads, seen.lastAt);
    this.advance(seen.lastAt);
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

  /** A reader's miss of a page of which there had been a copy went to a host: where hosts have budgets of their own. Warms are counted when they are planned. */
  countFetchOf(host: string | undefined, cost: number): void {
    if (host !== undefined) this.hosts?.countFetch(host, cost);
  }

  /**
   * Decides for candidates whose moments have come: when their copies expire, and, where that is put off or comes to nothing, when their keys are
   * expected to be read by their rhythm. Those that are worth most per unit of load come first, and get what the budget has.
   *
   * @param now ms since the epoch
   */
  plan<Candidate extends WarmCandidate>(
    candidates: readonly Candidate[],
    now: number,
  ): readonly WarmDecision<Candidate>[] {
    this.advance(now);
    const putOff: WarmDecision<Candidate>[] = [];
    const judged: { candidate: Candidate; moment: WarmMoment; probability: number; offer: WarmOffer }[] = [];
    for (const candidate of candidates) {
      const { demand, dueAt, ttlMs } = candidate;
      const first: WarmMoment = candidate.canWait
        ? firstMoment(demand, dueAt, ttlMs)
        : { at: dueAt, kind: 'expiry' };
      const moment = candidate.moment ?? first;
      if (candidate.moment === undefined && moment.at > Math.max(dueAt, now)) {
        putOff.push({ ...UNDECIDED, candidate, kind: moment.kind, next: moment });
        this.book(candidate, moment);
        continue;
      }
      const probability = this.probabilityAt(candidate, moment);
      const offer = offerOf(candidate, moment, probability, now);
      if (candidate.moment !== undefined) this.budget.book(moment.at, offer, true);
      judged.push({ candidate, moment, probability, offer });
    }
    judged.sort((one, other) => other.offer.score - one.offer.score);
    this.budget.consider(judged.map(({ offer }) => offer));
    const decided = judged.map(({ candidate, moment, probability, offer }): WarmDecision<Candidate> => {
      const warm = this.warms(candidate, moment, offer, now);
      const next =
        warm || !candidate.canWait ? undefined : laterMoment(candidate.demand, moment.at, candidate.ttlMs);
      if (next !== undefined) this.book(candidate, next);
      const period = periodOf(candidate, moment, warm, next);
      return { candidate, kind: moment.kind, probability, score: offer.score, warm, next, period };
    });
    return [...decided, ...putOff];
  }

  /** What is expected of a key when it will be decided upon: at its moment, else at its copy's expiry, or `now` if that is over. */
  outlook({ moment, ...candidate }: WarmCandidate, now: number): Outlook {
    const { demand, dueAt, ttlMs } = candidate;
    const { at, kind } = moment ?? { at: Math.max(dueAt, now), kind: 'expiry' };
    const canTell = demand !== undefined && kind === 'expiry' && this.odds instanceof LearnedOdds;
    return {
      at,
      kind,
      probability: this.probabilityAt(candidate, { at, kind }),
      reasons: canTell ? whyLikely(this.odds.reasons(demand, at, ttlMs, this.traffic.at(at))) : [],
      rhythm: demand && whyRhythmic({ at, kind }, demand, ttlMs),
    };
  }

  private advance(now: number): void {
    this.budget.advance(now);
    if (this.odds instanceof LearnedOdds) this.odds.advance(now);
  }

  private book(candidate: WarmCandidate, moment: WarmMoment): void {
    this.budget.book(moment.at, offerOf(candidate, moment, this.probabilityAt(candidate, moment), moment.at));
  }

  private probabilityAt({ demand, ttlMs, host }: WarmCandidate, { at, kind }: WarmMoment): number {
    if (demand === undefined) return 0;
    if (kind !== 'expiry') return this.rhythm.probability(kind, demand, at, ttlMs);
    const probability = this.odds.probability(demand, at, ttlMs, this.traffic.at(at));
    const correction = this.hostOdds.correction(host, demand.reads);
    return correction === 0 ? probability : moved(probability, correction);
  }

  private warms(
    { ttlMs, host }: WarmCandidate,
    { kind }: WarmMoment,
    offer: WarmOffer,
    now: number,
  ): boolean {
    const isSilent = kind === 'expiry' && now - this.traffic.lastReadAt > SILENCE * ttlMs;
    if (isSilent || !this.budget.admits(offer)) return false;
    if (host !== undefined && this.hosts !== undefined) {
      if (!this.hosts.admits(host, offer.cost)) return false;
      this.hosts.countFetch(host, offer.cost);
    }
    this.budget.commit(offer);
    return true;
  }

  private settle(demand: DemandState | undefined, period: WarmPeriod, wasRead: boolean): WarmOutcome {
    if (demand !== undefined) this.learn(demand, period, wasRead);
    if (period.warmed && (period.kind === 'beat' || period.kind === 'wake')) this.budget.settleRhythmic();
    const outcome = outcomeOf(period, wasRead);
    this.settled[outcome] += 1;
    return outcome;
  }

  private learn(
    demand: DemandState,
    { from, until, kind = 'expiry', host }: WarmPeriod,
    wasRead: boolean,
  ): void {
    if (kind === 'none') return;
    const periodMs = until - from;
    if (kind !== 'expiry') {
      const expected = this.rhythm.learn(kind, demand, from, periodMs, wasRead);
      if (expected !== undefined) this.reliability.count(expected, wasRead);
      return;
    }
    const byKey = this.odds.learn(demand, from, periodMs, wasRead, this.traffic.at(from));
    const expected = moved(byKey, this.hostOdds.correction(host, demand.reads));
    this.hostOdds.learn(host, demand.reads, expected, wasRead);
    this.reliability.count(expected, wasRead);
  }

  /**
   * A copy that is fetched at a read alone, and kept for a lifetime: the ghost that the budget is measured against. It begins with the first copy there is, whose
   * fetch is nobody's choice and is counted apart (`WarmBudget.countFirst`).
   */
  private countAside(
    demand: DemandState,
    { firstAt, lastAt }: KeyReads,
    { dueAt, ttlMs, cost, host }: StoredCopy,
  ): DemandState {
    const isFirst = demand.asideUntil === 0;
    let asideUntil = isFirst ? dueAt : demand.asideUntil;
    for (const at of [firstAt, lastAt]) {
      if (at < asideUntil) continue;
      this.budget.countAside(cost);
      if (host !== undefined) this.hosts?.countAside(host, cost);
      asideUntil = at + ttlMs;
    }
    return { ...demand, asideUntil };
  }
}

/** A decision that is put off. */
const UNDECIDED = { probability: 0, score: 0, warm: false, period: undefined } as const;

/**
 * What a warm is worth. At an expiry, reads are taken to come as a Poisson process with `reads` of them expected in a lifetime T: kept warm, a copy is fetched once per T,
 * and cache-aside fetches it reads / (1 + reads) times; so it saves that, adds the rest, and avoids `reads` misses for each fetch that it adds. Before an expected
 * read, it saves a fetch or wastes one, and the odds tell.
 */
function offerOf(
  { demand, ttlMs, cost }: WarmCandidate,
  { kind }: WarmMoment,
  probability: number,
  now: number,
): WarmOffer {
  const likely = Math.min(CERTAIN, probability);
  if (kind !== 'expiry') {
    const score = likely / (1 - likely) / cost;
    const savesAfterMs = Math.min(SOON_MS, ttlMs);
    return { score, cost, ttlMs, saves: cost * likely, savesAfterMs, isRhythmic: true };
  }
  const reads = -Math.log1p(-likely);
  const ghostMs = Math.max(0, (demand?.asideUntil ?? 0) - now);
  return {
    score: reads / cost,
    cost,
    ttlMs,
    saves: (cost * reads) / (1 + reads),
    savesAfterMs: ghostMs + (reads > 0 ? ttlMs / reads : Infinity),
    isRhythmic: false,
  };
}

/** A period that another moment of the same copy cuts short says nothing about all of it. */
function periodOf(
  { ttlMs, host }: WarmCandidate,
  { at, kind }: WarmMoment,
  warmed: boolean,
  next: WarmMoment | undefined,
): WarmPeriod {
  const isCut = next !== undefined && next.at < at + ttlMs;
  return { from: at, until: isCut ? next.at : at + ttlMs, warmed, kind: isCut ? 'none' : kind, host };
}

/** The parts look after themselves. */
function isStored(stored: unknown): stored is StoredWarmForecast {
  if (typeof stored !== 'object' || stored === null) return false;
  const { outcomes } = stored as Partial<StoredWarmForecast>;
  return OUTCOMES.every((outcome) => Number.isFinite(outcomes?.[outcome]));
}

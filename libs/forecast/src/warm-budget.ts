import { ExpectedReturns } from './expected-returns.js';
import { ScoreHistogram, type StoredScoreHistogram } from './score-histogram.js';

/** What the controller knows, as it is stored. Fetches are weighed by their cost: 1 for a page, less for a conditional request. */
export interface StoredWarmBudget {
  readonly asideFetches: number;
  readonly fetches: number;
  /** The hour that is being counted (ms since the epoch; null before there was one), and what was counted in it. */
  readonly hour: number | null;
  readonly hourAside: number;
  readonly hourFetches: number;
  readonly lastHourAside: number;
  /** Up to when it was brought, in ms since the epoch; null before it was. */
  readonly at: number | null;
  readonly returns: readonly number[];
  readonly awaited: number;
  readonly awaiting: number;
  readonly scores: StoredScoreHistogram;
  /** Candidates within a lifetime, how long (ms) those are in the mean, and what is outstanding of returns in the mean. */
  readonly perLifetime: number;
  readonly lifetimeMs: number;
  readonly outstanding: number;
  /** When candidates were looked at last, in ms since the epoch; null before they were. */
  readonly consideredAt: number | null;
  /** Per hour to come (ms since the epoch): load that warms are expected to add which are put off until then. */
  readonly booked: readonly (readonly [hour: number, load: number])[];
  /** What was allowed when this was stored, for whoever looks at it: a budget goes by what it is made with. */
  readonly share: number;
}

/** What a warm is worth, and what it takes. */
export interface WarmOffer {
  /** Misses that it avoids for each unit of load that it adds: what offers are ordered by. */
  readonly score: number;
  /** Load of making it: 1 for a page, less for a conditional request. */
  readonly cost: number;
  /** How long a copy of it lives, in ms. */
  readonly ttlMs: number;
  /** How much of that cache-aside will have spent as well, and after how long (ms) in the mean. */
  readonly saves: number;
  readonly savesAfterMs: number;
  /** Whether it comes by a rhythm, and not by a rate: such reads come all at once, and so do their warms. */
  readonly isRhythmic: boolean;
}

const HOUR_MS = 3_600_000;

/** Below this a warm is a waste, whatever the budget has left: five fetches for one read that doesn't wait. */
const LOWEST_THRESHOLD = 0.2;

/**
 * Who allows little wants what is nearly sure, and not all of it spent: divided by the share that is allowed, it is what a warm has to be worth, up to 1.5 (at 3 %), which is what a key is worth
 * that is read in three lifetimes of four.
 */
const SURE = { perShare: 0.045, most: 1.5 };

/** By how much the promise may be exceeded for a moment, as a share of what cache-aside fetched: of all, and of an hour. */
const ROOM = { whole: 0.004, hour: 0.04 };

/** At an hour's beginning it is taken to become at least this much of the one before. */
const NEXT_HOUR = 0.2;

/** What is sure to come of the rest of an hour, as a share of the hour before. */
const REST_OF_HOUR = 1;

/** How much of what rhythmic warms are expected to save is carried into the next hour: some are never settled. */
const UNSETTLED = 0.5;

/** A service that is hardly used may be ahead of its promise by this much (fetches): else it would never warm its first page. */
const LEAST_ROOM = 1;

/**
 * What cache-aside will fetch in an hour is taken to go on for a lifetime as it did in this hour and, with a quarter of the weight, in the one before; nine tenths of it
 * are counted on, less a standard deviation. Else what expires at the beginning of an hour, all at once where lifetimes are long, couldn't be warmed however much it is worth.
 */
const GOES_ON = { lastHour: 1 / 4, surely: 0.9 };

/** Returns within so long (ms) count as if they were there, where the whole promise is concerned. */
const SOON_MS = 3_600_000;

/** How much the threshold moves, in logarithms, as what is left of an hour's room goes from all to nothing: as far down where nothing is taken of it. */
const PRESSURE = 0.2;

/**
 * What was left or overdrawn is made good over this share of what cache-aside has fetched so far, 2000 fetches at least, with so much of a share at the most. Slower than an hour
 * goes by: its beginning and its end are worth the same.
 */
const REPAY = { over: 1 / 8, least: 2_000, most: 0.1 };

/** What is outstanding of returns counts as if it was there, less this share of what is outstanding in the mean: a trace may end at any time. */
const OUTSTANDING = { share: 0.7, over: 1_000, withinMs: 3_600_000 };

/** Candidates of so many lifetimes are what the threshold goes by: copies of one age expire together. */
const LIFETIMES = 2;

/** How much of the mean lifetime a candidate changes. */
const LIFETIME_STEP = 0.02;

/** What is aimed at lies this much below the promise, as a share of what cache-aside fetched. */
const AIM_BELOW = 0.0015;

/** Before candidates have come to this weight, the threshold is a guess (fetches): that of a key that is read twice in a lifetime. */
const FIRST_CANDIDATES = 10;
const FIRST_THRESHOLD = 2;

/**
 * Holds the origin load at a share above that of fixed-TTL cache-aside, as a whole and in every hour of the clock. A ghost counts what that would have fetched (the demand
 * state's `asideUntil`). The threshold is read off what candidates of late would cost, so that it is right from the first hour on; what was left or
 * overdrawn moves it slowly, and has bounds, so that nothing winds up. What a warm is expected to save soon isn't held against it.
 */
export class WarmBudget {
  private asideFetches = 0;
  private fetches = 0;
  private hour: number | null = null;
  private hourAside = 0;
  private hourFetches = 0;
  private lastHourAside = 0;
  private at: number | null = null;
  private booked = new Map<number, number>();
  private returns = new ExpectedReturns();
  /** What rhythmic warms are expected to save that weren't settled yet, and how many those are. */
  private awaited = 0;
  private awaiting = 0;
  private scores = new ScoreHistogram();
  private perLifetime = 0;
  private lifetimeMs = 0;
  private outstanding = 0;
  private consideredAt: number | null = null;
  private candidates = 0;
  private reserved = 0;
  private level = FIRST_THRESHOLD;

  /** @param share extra origin load that is allowed: 0.1 is a tenth; 0 warms nothing */
  constructor(private readonly share: number) {}

  /** @throws when it isn't what `store` gave */
  static from(share: number, stored: unknown): WarmBudget {
    if (!isStored(stored)) throw new Error('the stored budget is broken');
    const { returns, scores, booked, share: _, ...counts } = stored;
    const budget = new WarmBudget(share);
    Object.assign(budget, counts);
    budget.booked = new Map(booked);
    budget.returns = ExpectedReturns.from(returns, stored.at);
    budget.scores = ScoreHistogram.from(scores);
    budget.candidates = stored.scores.candidates;
    budget.tune();
    return budget;
  }

  store(): StoredWarmBudget {
    const { asideFetches, fetches, hour, hourAside, hourFetches, lastHourAside, at, share } = this;
    return {
      asideFetches,
      fetches,
      hour,
      hourAside,
      hourFetches,
      lastHourAside,
      at,
      returns: this.returns.store(),
      awaited: this.awaited,
      awaiting: this.awaiting,
      scores: this.scores.store(),
      perLifetime: this.perLifetime,
      lifetimeMs: this.lifetimeMs,
      outstanding: this.outstanding,
      consideredAt: this.consideredAt,
      booked: [...this.booked],
      share,
    };
  }

  /** Time goes on, to `now` (ms since the epoch); it is not told of times before. */
  advance(now: number): void {
    if (this.at !== null && now <= this.at) return;
    this.at = now;
    this.returns.advance(now);
    const hour = hourOf(now);
    if (hour === this.hour) return;
    this.lastHourAside = this.hour !== null && hour - this.hour === HOUR_MS ? this.hourAside : 0;
    this.hour = hour;
    this.hourAside = 0;
    this.hourFetches = 0;
    this.awaited *= UNSETTLED;
    this.awaiting *= UNSETTLED;
    for (const booked of this.booked.keys()) if (booked < hour) this.booked.delete(booked);
  }

  /** Cache-aside would have fetched now, what it had fetched before. */
  countAside(cost: number): void {
    this.asideFetches += cost;
    this.hourAside += cost;
  }

  /** The origin was asked for a page that nobody had ever asked for: with or without a cache ahead of its readers. */
  countFirst(cost: number): void {
    this.countFetch(cost);
    this.countAside(cost);
  }

  /** The origin was asked, for whatever reason. */
  countFetch(cost: number): void {
    this.fetches += cost;
    this.hourFetches += cost;
  }

  /** Sets aside a share of the budget for a warm that is on its way; a negative cost gives it back. It is not stored. */
  reserve(cost: number): void {
    this.reserved += cost;
  }

  /** Looks at what there is to warm, before any of it is admitted: the threshold goes by it. */
  consider(offers: readonly WarmOffer[]): void {
    this.countCandidates(offers);
    for (const { score, cost, saves } of offers) this.scores.add(score, cost - saves, cost);
    this.tune();
  }

  /** Whether a warm is worth it now. */
  admits(offer: WarmOffer): boolean {
    if (this.share <= 0 || offer.score < this.threshold) return false;
    const pressure = this.pressureAfter(offer);
    const steepness = offer.isRhythmic ? 0 : PRESSURE; // there was room kept for those that come by a rhythm
    return pressure <= 1 && offer.score >= this.threshold * Math.exp(steepness * Math.max(-1, pressure));
  }

  /** A warm was decided upon: sets its cost aside, and expects what it saves. */
  commit({ cost, saves, savesAfterMs, isRhythmic }: WarmOffer): void {
    this.reserve(cost);
    if (isRhythmic) {
      this.awaited += saves;
      this.awaiting += 1;
    } else this.returns.add(saves, savesAfterMs);
  }

  /** A warm that came by a rhythm was read, or wasn't. */
  settleRhythmic(): void {
    if (this.awaiting <= 0) return;
    this.awaited -= this.awaited / Math.max(1, this.awaiting);
    this.awaiting = Math.max(0, this.awaiting - 1);
  }

  /** Keeps room in the hour of a time (ms since the epoch) for a warm that is put off until then; the same, with `isOver`, gives it back. */
  book(at: number, { cost, saves, score }: WarmOffer, isOver = false): void {
    if (score < this.threshold && !isOver) return;
    const hour = hourOf(at);
    const load = (this.booked.get(hour) ?? 0) + (isOver ? saves - cost : cost - saves);
    this.booked.set(hour, Math.max(0, load));
  }

  /** The score that a candidate must reach; Infinity where no extra load is allowed. */
  get threshold(): number {
    if (this.share <= 0) return Infinity;
    return Math.max(LOWEST_THRESHOLD, Math.min(SURE.most, SURE.perShare / this.share), this.level);
  }

  /** Fetches that are left of the budget; negative when it is overdrawn. */
  get slack(): number {
    return (1 + this.share) * this.asideFetches - this.fetches - this.reserved;
  }

  /** Fetches so far, relative to those of cache-aside. */
  get load(): number {
    return this.asideFetches === 0 ? 1 : this.fetches / this.asideFetches;
  }

  /** How much of the room above the promise is taken if so much more is spent: 1 is all of it, below 0 is within the promise. */
  private pressureAfter({ cost, isRhythmic }: WarmOffer): number {
    const allowed = 1 + this.share;
    const soon = allowed * (this.returns.within(SOON_MS) + this.awaited);
    const whole = (cost - this.slack - soon) / Math.max(LEAST_ROOM, ROOM.whole * this.asideFetches);
    const left = (this.hour ?? 0) + HOUR_MS - (this.at ?? 0);
    const returns = this.returns.within(left) + this.awaited;
    const toCome = isRhythmic ? (REST_OF_HOUR * this.lastHourAside * left) / HOUR_MS : 0;
    const hourly = Math.max(
      this.hourAside + returns + toCome,
      GOES_ON.surely * (this.hourAside + this.toComeWithin(left)),
      NEXT_HOUR * this.lastHourAside,
    );
    const booked = isRhythmic ? 0 : (this.booked.get(this.hour ?? 0) ?? 0);
    const extra = this.hourFetches + this.reserved + cost + booked - this.hourAside - returns;
    return Math.max(whole, (extra - this.share * hourly) / Math.max(LEAST_ROOM, ROOM.hour * hourly));
  }

  /** What cache-aside will surely fetch in what is left of the hour (ms), as far as the next lifetime. */
  private toComeWithin(leftMs: number): number {
    const weightMs = GOES_ON.lastHour * HOUR_MS;
    const seen = this.hourAside + GOES_ON.lastHour * this.lastHourAside;
    const mean = (seen * Math.min(leftMs, this.lifetimeMs)) / (HOUR_MS - leftMs + weightMs);
    return Math.max(0, mean - Math.sqrt(mean));
  }

  /** How many there are in a lifetime, and what is outstanding meanwhile. */
  private countCandidates(offers: readonly WarmOffer[]): void {
    let weight = 0;
    for (const { cost, ttlMs } of offers) {
      weight += cost;
      this.lifetimeMs += (this.lifetimeMs === 0 ? 1 : LIFETIME_STEP) * (ttlMs - this.lifetimeMs);
    }
    const forMs = (this.at ?? 0) - (this.consideredAt ?? this.at ?? 0);
    this.consideredAt = this.at;
    this.perLifetime =
      weight + (this.lifetimeMs === 0 ? 0 : this.perLifetime * Math.exp(-forMs / this.lifetimeMs));
    this.scores.remember(LIFETIMES * this.perLifetime);
    this.candidates += weight;
    this.outstanding +=
      (this.returns.within(OUTSTANDING.withinMs) - this.outstanding) *
      -Math.expm1(-weight / OUTSTANDING.over);
  }

  private tune(): void {
    if (this.share <= 0 || this.candidates < FIRST_CANDIDATES) return;
    const horizon = Math.max(REPAY.least, REPAY.over * this.asideFetches);
    const awaited = this.returns.within(OUTSTANDING.withinMs) - OUTSTANDING.share * this.outstanding;
    const left = this.slack + (1 + this.share) * awaited - AIM_BELOW * this.asideFetches;
    const repay = Math.max(-REPAY.most, Math.min(REPAY.most, left / horizon));
    // Each copy that expires was fetched once: its share of the budget is that of one fetch.
    this.level = this.scores.thresholdFor(Math.max(0, this.share + repay) / (1 + this.share));
  }
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

function isStored(stored: unknown): stored is StoredWarmBudget {
  if (typeof stored !== 'object' || stored === null) return false;
  const {
    asideFetches,
    fetches,
    hour,
    hourAside,
    hourFetches,
    lastHourAside,
    at,
    scores,
    booked,
    share,
    awaited,
    awaiting,
    perLifetime,
    lifetimeMs,
    outstanding,
    consideredAt,
  } = stored as Partial<StoredWarmBudget>;
  const counts = [
    asideFetches,
    fetches,
    hourAside,
    hourFetches,
    lastHourAside,
    share,
    awaited,
    awaiting,
    perLifetime,
    lifetimeMs,
    outstanding,
  ];
  const times = [hour, at, consideredAt];
  return (
    counts.every(Number.isFinite) &&
    times.every((time) => time === null || Number.isFinite(time)) &&
    Number.isFinite(scores?.candidates) &&
    Array.isArray(booked) &&
    booked.every((entry) => entry.length === 2 && entry.every(Number.isFinite))
  );
}

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
  /** How much of that cache-aside will have spent as well, and after how long (ms) in the mean. */
  readonly saves: number;
  readonly savesAfterMs: number;
  /** Whether it comes by a rhythm, and not by a rate: such reads come all at once, and so do their warms. */
  readonly isRhythmic: boolean;
}

const HOUR_MS = 3_600_000;

/** Below this a warm is a waste, whatever the budget has left: four fetches for one read that doesn't wait. */
const LOWEST_THRESHOLD = 0.25;

/** By how much the promise may be exceeded for a moment, as a share of what cache-aside fetched: of all, and of an hour. */
const ROOM = { whole: 0.004, hour: 0.045 };

/** At an hour's beginning it is taken to become at least this much of the one before. */
const NEXT_HOUR = 0.2;

/** What is sure to come of the rest of an hour, as a share of the hour before. */
const REST_OF_HOUR = 1;

/** How much of what rhythmic warms are expected to save is carried into the next hour: some are never settled. */
const UNSETTLED = 0.5;

/** A service that is hardly used may be ahead of its promise by this much (fetches): else it would never warm its first page. */
const LEAST_ROOM = 1;

/** Returns within so long (ms) count as if they were there, where the whole promise is concerned. */
const SOON_MS = 900_000;

/** How much the threshold rises, in logarithms, as what is left of the room goes to nothing. */
const PRESSURE = 1;

/** What was left or overdrawn is made good over this share of what cache-aside has fetched so far, 200 fetches at least, with so much of a share at the most. */
const REPAY = { over: 1 / 8, least: 200, most: 0.06 };

/** What is aimed at lies this much below the promise, as a share of what cache-aside fetched. */
const AIM_BELOW = 0.0005;

/** Before candidates have come to this weight, the threshold is a guess (fetches): that of a key that is read twice in a lifetime. */
const FIRST_CANDIDATES = 10;
const FIRST_THRESHOLD = 2;

/**
 * Holds the origin load at a share above that of fixed-TTL cache-aside, as a whole and in every hour of the clock. A ghost counts what that would have fetched (the demand
 * state's `asideUntil`). The threshold is read off what candidates of late would cost, so that it is right from the first hour on; what was left or
 * overdrawn moves it, and has bounds, so that nothing winds up. What a warm is expected to save soon isn't held against it.
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
    for (const { score, cost, saves } of offers) {
      this.scores.add(score, cost - saves, cost);
      this.candidates += cost;
    }
    this.tune();
  }

  /** Whether a warm is worth it now. */
  admits(offer: WarmOffer): boolean {
    if (this.share <= 0 || offer.score < this.threshold) return false;
    const pressure = this.pressureAfter(offer);
    const steepness = offer.isRhythmic ? 0 : PRESSURE; // there was room kept for those that come by a rhythm
    return pressure <= 1 && offer.score >= this.threshold * Math.exp(steepness * Math.max(0, pressure));
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
    return this.share <= 0 ? Infinity : Math.max(LOWEST_THRESHOLD, this.level);
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
    const aside = this.hourAside + returns + toCome;
    const hourly = Math.max(aside, NEXT_HOUR * this.lastHourAside);
    const booked = isRhythmic ? 0 : (this.booked.get(this.hour ?? 0) ?? 0);
    const over = this.hourFetches + this.reserved + cost + booked - allowed * aside + toCome;
    return Math.max(whole, over / Math.max(LEAST_ROOM, ROOM.hour * hourly));
  }

  private tune(): void {
    if (this.share <= 0 || this.candidates < FIRST_CANDIDATES) return;
    const horizon = Math.max(REPAY.least, REPAY.over * this.asideFetches);
    const repay = Math.min(REPAY.most, (this.slack - AIM_BELOW * this.asideFetches) / horizon);
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
  } = stored as Partial<StoredWarmBudget>;
  const counts = [asideFetches, fetches, hourAside, hourFetches, lastHourAside, share, awaited, awaiting];
  const times = [hour, at];
  return (
    counts.every(Number.isFinite) &&
    times.every((time) => time === null || Number.isFinite(time)) &&
    Number.isFinite(scores?.candidates) &&
    Array.isArray(booked) &&
    booked.every((entry) => entry.length === 2 && entry.every(Number.isFinite))
  );
}

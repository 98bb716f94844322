import { type DemandState, recentRate } from './demand-state.js';

/** Written with the counts, so that a process of another version knows what it can't read. */
export const READ_ODDS_VERSION = 1;

/** The learned counts, as they are stored. */
export interface StoredReadOdds {
  readonly version: number;
  /** Settled periods that were learned from. */
  readonly settled: number;
  /** Per cell of the table: periods, and how many of them were read in. Both decayed. */
  readonly periods: readonly number[];
  readonly read: readonly number[];
}

const IDLE_CELLS = 9;
const RECENT_CELLS = 12;
const LIFETIME_CELLS = 8;
const CELLS = IDLE_CELLS * RECENT_CELLS * LIFETIME_CELLS;

/** What the prior weighs against the periods of a cell. */
const PRIOR_PERIODS = 12;

/** How much of a cell's past a new period leaves. */
const REMEMBER = 0.998;

/**
 * How likely a key is read at least once within a period to come. The prior takes reads for a Poisson process, whose rate lies half way between the recent
 * one and that of the key's whole life; an online table over (idle time, recent reads, reads in its life) corrects it by what settled periods showed.
 */
export class ReadOdds {
  private settled = 0;
  private readonly periods = new Float64Array(CELLS);
  private readonly read = new Float64Array(CELLS);

  /** @throws when it isn't what `store` gave, or another version of it */
  static from(stored: unknown): ReadOdds {
    const odds = new ReadOdds();
    if (!isStored(stored)) throw new Error('the stored forecast model is broken, or of another version');
    odds.settled = stored.settled;
    odds.periods.set(stored.periods);
    odds.read.set(stored.read);
    return odds;
  }

  store(): StoredReadOdds {
    return {
      version: READ_ODDS_VERSION,
      settled: this.settled,
      periods: Array.from(this.periods, rounded),
      read: Array.from(this.read, rounded),
    };
  }

  /** Settled periods that this has learned from. */
  get settledPeriods(): number {
    return this.settled;
  }

  /** Probability of at least one read within [from, from + periodMs), by what was known at `from` (ms since the epoch). */
  probability(state: DemandState | undefined, from: number, periodMs: number): number {
    if (state === undefined) return 0;
    const prior = priorProbability(state, from, periodMs);
    const cell = cellOf(state, from, periodMs);
    return (this.read[cell]! + PRIOR_PERIODS * prior) / (this.periods[cell]! + PRIOR_PERIODS);
  }

  /** Learns from a period that is over, or in which there was a read. `state` is what was known at its beginning. @returns the probability that it was given before */
  learn(state: DemandState, from: number, periodMs: number, wasRead: boolean): number {
    const expected = this.probability(state, from, periodMs);
    const cell = cellOf(state, from, periodMs);
    this.settled += 1;
    this.periods[cell] = REMEMBER * this.periods[cell]! + 1;
    this.read[cell] = REMEMBER * this.read[cell]! + (wasRead ? 1 : 0);
    return expected;
  }
}

/** What is expected where nothing has been learned. */
export function priorProbability(state: DemandState, from: number, periodMs: number): number {
  return -Math.expm1(-priorRate(state, from, periodMs) * periodMs);
}

/** The rate behind it, in reads per ms. */
export function priorRate(state: DemandState, from: number, periodMs: number): number {
  const lifetimeRate = state.reads / Math.max(periodMs, from - state.firstReadAt);
  return (recentRate(state, 4 * periodMs, from) + lifetimeRate) / 2;
}

function cellOf(state: DemandState, from: number, periodMs: number): number {
  const idlePeriods = Math.max(0, from - state.lastReadAt) / periodMs;
  const idle = steps(idlePeriods, 1 / 16, 2, IDLE_CELLS);
  const recent = steps(recentRate(state, 4 * periodMs, from) * periodMs, 1 / 16, 2, RECENT_CELLS);
  const lifetime = steps(state.reads, 1, 3, LIFETIME_CELLS);
  return (idle * RECENT_CELLS + recent) * LIFETIME_CELLS + lifetime;
}

/** Which of `cells` logarithmic steps a value falls into: the first is all below `first`, each of the others `factor` times as far. */
function steps(value: number, first: number, factor: number, cells: number): number {
  if (value < first) return 0;
  return Math.min(cells - 1, 1 + Math.floor(Math.log(value / first) / Math.log(factor)));
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function isStored(stored: unknown): stored is StoredReadOdds {
  if (typeof stored !== 'object' || stored === null) return false;
  const { version, settled, periods, read } = stored as Partial<StoredReadOdds>;
  const isCounts = (counts: unknown): counts is number[] =>
    Array.isArray(counts) &&
    counts.length === CELLS &&
    counts.every((count) => Number.isFinite(count) && count >= 0);
  if (version !== READ_ODDS_VERSION || !Number.isFinite(settled)) return false;
  return isCounts(periods) && isCounts(read) && read.every((count, cell) => count <= periods[cell]!);
}

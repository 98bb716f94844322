import { AdditiveModel, type Knots, type StoredAdditiveModel } from './additive-model.js';
import { beatOf, beatProbability } from './beat.js';
import type { DemandState } from './demand-state.js';
import { HabitTable, type StoredHabitTable } from './habit-table.js';
import { moved } from './moved-odds.js';
import { type Attendance, nextWake } from './wake.js';
import type { MomentKind } from './warm-moment.js';

export interface StoredRhythmOdds {
  readonly beat: StoredAdditiveModel;
  readonly habits: StoredHabitTable;
}

/** What is known of a key with a beat: its spread, its gap in lifetimes and how many of them there were (logarithms to base 2). */
const BEAT: readonly Knots[] = [
  { from: 0, to: 0.35, count: 6 },
  { from: -6, to: 6, count: 7 },
  { from: 2, to: 8, count: 4 },
];

/** How far one outcome moves what is learned of beats, at first, in logits. */
const RATE = 0.1;

/** How likely keys with a rhythm are read within a period that begins just before they are expected to be: what their rhythm says, corrected by what came of it. */
export class RhythmOdds {
  private readonly beat = new AdditiveModel(BEAT, RATE);

  constructor(private readonly habits = new HabitTable()) {}

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown): RhythmOdds {
    const { beat, habits } = (stored ?? {}) as Partial<StoredRhythmOdds>;
    const odds = new RhythmOdds(HabitTable.from(habits));
    odds.beat.restore(beat);
    return odds;
  }

  store(): StoredRhythmOdds {
    return { beat: this.beat.store(), habits: this.habits.store() };
  }

  /** Probability of at least one read within [from, from + periodMs); 0 for a key whose rhythm is gone. */
  probability(
    kind: Exclude<MomentKind, 'expiry'>,
    state: DemandState,
    from: number,
    periodMs: number,
  ): number {
    if (kind === 'beat') {
      const known = beatAt(state, from, periodMs);
      return known === undefined ? 0 : moved(known.prior, this.beat.correction(known.values));
    }
    const attendance = attendanceAt(state, from, periodMs);
    return attendance === undefined ? 0 : this.habits.probability(attendance);
  }

  /** Learns from a period that is over, or in which there was a read. @returns the probability that it was given before; undefined if its rhythm was gone */
  learn(
    kind: Exclude<MomentKind, 'expiry'>,
    state: DemandState,
    from: number,
    periodMs: number,
    wasRead: boolean,
  ): number | undefined {
    return kind === 'beat'
      ? this.learnBeat(beatAt(state, from, periodMs), wasRead)
      : this.learnHabit(attendanceAt(state, from, periodMs), wasRead);
  }

  private learnBeat(known: BeatValues | undefined, wasRead: boolean): number | undefined {
    if (known === undefined) return undefined;
    const expected = moved(known.prior, this.beat.correction(known.values));
    this.beat.learn(known.values, expected - (wasRead ? 1 : 0));
    return expected;
  }

  private learnHabit(attendance: Attendance | undefined, wasRead: boolean): number | undefined {
    if (attendance === undefined) return undefined;
    const expected = this.habits.probability(attendance);
    this.habits.learn(attendance, wasRead);
    return expected;
  }
}

interface BeatValues {
  readonly prior: number;
  readonly values: readonly number[];
}

function beatAt(state: DemandState, from: number, periodMs: number): BeatValues | undefined {
  const beat = beatOf(state);
  if (beat === undefined) return undefined;
  return {
    prior: beatProbability(beat, state, from, periodMs),
    values: [beat.spread, Math.log2(beat.gapMs / periodMs), Math.log2(state.gaps)],
  };
}

function attendanceAt(state: DemandState, from: number, periodMs: number): Attendance | undefined {
  const wake = nextWake(state, from, periodMs);
  return wake === undefined || wake.at > from ? undefined : wake.attendance;
}

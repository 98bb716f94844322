import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../bench/src/content-change.js';
import { beatOf } from './beat.js';
import { type DemandState, withReads } from './demand-state.js';
import { RhythmOdds } from './rhythm-odds.js';
import { nextWake } from './wake.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2026, 0, 5);
const TTL = 10 * MINUTE;

function readAt(times: readonly number[]): DemandState {
  return times.reduce<DemandState | undefined>(
    (state, at) => withReads(state, { reads: 1, firstAt: at, lastAt: at }),
    undefined,
  )!;
}

const POLLED = readAt([0, 30, 61, 90, 121, 150, 180].map((minute) => MONDAY + minute * MINUTE));
const BEAT_AT = POLLED.lastReadAt + beatOf(POLLED)!.startMs(TTL);

const DAILY = readAt([0, 1, 2, 3].map((day) => MONDAY + day * DAY + 9.5 * HOUR));
const WAKE_AT = nextWake(DAILY, MONDAY + 4 * DAY, TTL)!.at;

const RHYTHMS = [
  ['beat', POLLED, BEAT_AT],
  ['wake', DAILY, WAKE_AT],
] as const;

/** What is said of the same key and moment, after so many outcomes of which a share was read. */
function learned(kind: 'beat' | 'wake', state: DemandState, from: number, share: number): RhythmOdds {
  const random = seededRandom(`rhythms ${share}`);
  const odds = new RhythmOdds();
  for (let outcome = 0; outcome < 2_000; outcome += 1) odds.learn(kind, state, from, TTL, random() < share);
  return odds;
}

describe.each(RHYTHMS)('the odds of a %s', (kind, state, at) => {
  test('are good before anything was learned', () => {
    expect(new RhythmOdds().probability(kind, state, at, TTL)).toBeGreaterThan(0.8);
  });

  test.each([0.3, 0.6, 0.97])('become those of what happened, where %d of them are kept', (share) => {
    const odds = learned(kind, state, at, share);
    expect(Math.abs(odds.probability(kind, state, at, TTL) - share)).toBeLessThan(0.07);
  });

  test('are told by what was known before the outcome', () => {
    const odds = learned(kind, state, at, 0.5);
    const before = odds.probability(kind, state, at, TTL);
    expect(odds.learn(kind, state, at, TTL, true)).toBe(before);
    expect(odds.probability(kind, state, at, TTL)).toBeGreaterThan(before);
  });

  test('are none for a key whose rhythm is gone, and nothing is learned from it', () => {
    const odds = learned(kind, state, at, 0.5);
    const before = odds.store();
    const once = readAt([MONDAY]);
    expect(odds.probability(kind, once, at, TTL)).toBe(0);
    expect(odds.learn(kind, once, at, TTL, true)).toBeUndefined();
    expect(odds.store()).toEqual(before);
  });

  test('are the same after a round trip through JSON', () => {
    const odds = learned(kind, state, at, 0.6);
    const restored = RhythmOdds.from(JSON.parse(JSON.stringify(odds.store())));
    expect(restored.probability(kind, state, at, TTL)).toBeCloseTo(odds.probability(kind, state, at, TTL), 4);
  });
});

test('what a beat taught is not held against habits, nor the other way round', () => {
  const [ofBeats, ofHabits] = [learned('beat', POLLED, BEAT_AT, 0.1), learned('wake', DAILY, WAKE_AT, 0.1)];
  const untaught = new RhythmOdds();
  expect(ofBeats.probability('wake', DAILY, WAKE_AT, TTL)).toBe(
    untaught.probability('wake', DAILY, WAKE_AT, TTL),
  );
  expect(ofHabits.probability('beat', POLLED, BEAT_AT, TTL)).toBe(
    untaught.probability('beat', POLLED, BEAT_AT, TTL),
  );
});

test('a wake has no odds before its moment', () => {
  expect(new RhythmOdds().probability('wake', DAILY, WAKE_AT - HOUR, TTL)).toBe(0);
});

const stored = new RhythmOdds().store();
test.each([
  ['nothing', undefined],
  ['without beats', { habits: stored.habits }],
  ['without habits', { beat: stored.beat }],
])('stored odds are refused if they are %s', (_, broken) => {
  expect(() => RhythmOdds.from(broken)).toThrow('broken');
});

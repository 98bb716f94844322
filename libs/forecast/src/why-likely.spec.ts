import { expect, test } from '@jest/globals';
import { type DemandState, withReads } from './demand-state.js';
import { LearnedOdds } from './learned-odds.js';
import { whyLikely } from './why-likely.js';

const TTL = 300_000;
const NOON = Date.UTC(2024, 0, 1, 12);

function readUntil(lastReadAt: number, reads = 30): DemandState {
  let state: DemandState | undefined;
  for (let read = reads - 1; read >= 0; read -= 1) {
    const at = lastReadAt - read * 60_000;
    state = withReads(state, { reads: 1, firstAt: at, lastAt: at });
  }
  return state!;
}

test('nothing moves a probability before anything was learned', () => {
  const reasons = new LearnedOdds().reasons(readUntil(NOON), NOON, TTL);
  expect(reasons.probability).toBeCloseTo(reasons.prior, 9);
  expect(whyLikely(reasons)).toEqual([]);
});

test('what weighs most comes first, in words, and all effects together, with what all keys have in common, are the correction', () => {
  const odds = new LearnedOdds();
  const [asleep, awake] = [readUntil(NOON - 3 * TTL), readUntil(NOON)];
  for (let period = 0; period < 300; period += 1) {
    odds.learn(asleep, NOON, TTL, false);
    odds.learn(awake, NOON, TTL, true);
    odds.advance(NOON + TTL);
  }
  const reasons = odds.reasons(asleep, NOON, TTL);
  const rate = (p: number) => Math.log(-Math.log1p(-p));
  const sum = [...reasons.effects.values()].reduce((total, effect) => total + effect, reasons.common);
  expect(rate(reasons.probability) - rate(reasons.prior)).toBeCloseTo(sum, 6);

  const why = whyLikely(reasons);
  expect(why).toHaveLength(3);
  expect(why.map(({ weight }) => Math.abs(weight))).toEqual(
    why.map(({ weight }) => Math.abs(weight)).toSorted((one, other) => other - one),
  );
  const idle = whyLikely(reasons, 20).find(({ feature }) => feature === 'idle');
  expect(idle?.words).toMatch(/^time since its last read: expected 0\.\d+ times as often$/);
  expect(Number(/expected (\S+)/.exec(idle!.words)![1])).toBeCloseTo(Math.exp(idle!.weight), 1);
});

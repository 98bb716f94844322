import { describe, expect, test } from '@jest/globals';
import { isSettledBy, outcomeOf, type WarmPeriod } from './warm-period.js';

/** From 1,000 up to 2,000. */
const PERIOD: WarmPeriod = { from: 1_000, until: 2_000, warmed: false };

const seen = (firstAt: number, lastAt = firstAt) => ({ reads: 1, firstAt, lastAt });

describe('reads settle a period as read', () => {
  test.each([
    ['in its midst', 500, seen(1_500)],
    ['in its first moment', 500, seen(1_000)],
    ['in its last', 500, seen(1_999)],
    ['of a key that was never read before', undefined, seen(1_500)],
    ['after a read in the moment before it', 999, seen(1_500)],
    ['that began before it and went on into it', 500, seen(900, 1_000)],
    ['that began in it and went on beyond it', 500, seen(1_999, 2_500)],
  ])('when they come %s', (_, lastReadAt, reads) => {
    expect(isSettledBy(PERIOD, lastReadAt, reads)).toBe(true);
  });
});

describe("reads don't settle a period", () => {
  test.each([
    ['end before it', 500, seen(600, 999)],
    ['begin at its end, which is in the next', 500, seen(2_000)],
    ['begin after it', 500, seen(2_500, 2_600)],
    ['are not the first in it', 1_200, seen(1_500)],
    ['follow one in its first moment', 1_000, seen(1_500)],
    ['come late, when there was a later one', 2_500, seen(1_500)],
    ['come late, from before it', undefined, seen(500)],
  ])('when they %s', (_, lastReadAt, reads) => {
    expect(isSettledBy(PERIOD, lastReadAt, reads)).toBe(false);
  });
});

test('an outcome says whether the period was warmed, and whether it was read', () => {
  const outcomes = [true, false].flatMap((warmed) =>
    [true, false].map((wasRead) => outcomeOf({ ...PERIOD, warmed }, wasRead)),
  );
  expect(outcomes).toEqual(['used', 'wasted', 'missed', 'skipped']);
});

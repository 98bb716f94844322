import { describe, expect, test } from '@jest/globals';
import { withReads } from '#libs/forecast';
import { whyExpected } from './why-expected.js';

const NOW = 1_800_000_000_000;
const SECOND = 1_000;
const HOUR = 3_600_000;

/** Reads at these times before now (ms). */
function readAgo(...times: readonly number[]) {
  const ats = times.map((ms) => NOW - ms);
  return ats.reduce<ReturnType<typeof withReads> | undefined>(
    (state, at) => withReads(state, { reads: 1, firstAt: at, lastAt: at }),
    undefined,
  )!;
}

describe('why a read is expected', () => {
  test('says what there was of late, when, and in all', () => {
    const state = readAgo(300 * HOUR, 50 * SECOND, 45 * SECOND, 40 * SECOND);
    expect(whyExpected(state, NOW)).toBe('About 3 reads in the last hour, the last one 40 s ago, 4 in all.');
  });

  test.each([
    [-5 * SECOND, 'About 1 read in the last hour, the last one just now, 1 in all.'],
    [90 * SECOND, 'About 1 read in the last hour, the last one 90 s ago, 1 in all.'],
    [120 * SECOND, 'About 1 read in the last hour, the last one 2 min ago, 1 in all.'],
    [3 * HOUR, 'No reads in the last hour, the last one 3 h ago, 1 in all.'],
    [72 * HOUR, 'No reads in the last hour, the last one 3 d ago, 1 in all.'],
  ])('of one read %d ms ago: %s', (ms, sentence) => {
    expect(whyExpected(readAgo(ms), NOW)).toBe(sentence);
  });
});

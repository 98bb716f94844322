import { describe, expect, test } from '@jest/globals';
import { warmTimes } from './warm-times.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

describe('the times of a list', () => {
  test.each([
    ['none', undefined],
    ['one that is past', NOW - DAY],
    ['the beginning of time', -8.64e15],
  ])('with %s begin at once', (_what, at) => {
    expect(warmTimes(at, 100, NOW)).toEqual({ dueAt: NOW, startsAt: NOW });
  });

  test.each([
    [1, 250],
    [100, 25_000],
    [1_200, 5 * MINUTE],
    [10_000, 5 * MINUTE],
  ])('of %d pages begin %d ms before they are due', (pages, leadMs) => {
    expect(warmTimes(NOW + DAY, pages, NOW)).toEqual({ dueAt: NOW + DAY, startsAt: NOW + DAY - leadMs });
  });

  test('never begin before now', () => {
    expect(warmTimes(NOW + MINUTE, 1_200, NOW)).toEqual({ dueAt: NOW + MINUTE, startsAt: NOW });
  });

  test('are at most 30 days ahead', () => {
    expect(warmTimes(NOW + 30 * DAY, 1, NOW).dueAt).toBe(NOW + 30 * DAY);
    expect(() => warmTimes(NOW + 30 * DAY + 1, 1, NOW)).toThrow(
      expect.objectContaining({ code: 'EINVALDATA' }),
    );
  });
});

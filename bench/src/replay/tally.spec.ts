import { expect, test } from '@jest/globals';
import { rowOf, Tally } from './tally.js';

const TALLY: Tally = Object.assign(new Tally(), {
  reads: 200,
  fresh: 150,
  stale: 20,
  changed: 10,
  fetches: 60,
  notModified: 15,
  warms: 20,
  used: 12,
  wasted: 6,
});

test('a row has shares of reads and of visits, and a load relative to cache-aside', () => {
  const row = { strategy: 'warmlink', fresh: 0.75, stale: 0.1, load: 1.2, wasted: 0.1, precision: 12 / 18 };
  expect(rowOf('warmlink', TALLY, 50, false)).toEqual(row);
  expect(rowOf('warmlink', TALLY, 50, true)).toEqual({
    ...row,
    changed: 0.05,
    scrapes: 0.9,
    notModified: 0.25,
  });
});

test('where nothing was warmed, or nothing is known of it yet, nothing was warmed in vain', () => {
  const { wasted, precision } = rowOf(
    'swr',
    Object.assign(new Tally(), TALLY, { used: 0, wasted: 0 }),
    50,
    false,
  );
  expect([wasted, precision]).toEqual([0, null]);
});

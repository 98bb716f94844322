import { expect, test } from '@jest/globals';
import type { CanonicalUrl } from '#libs/preview';
import { anEntry } from '../../../../test/support/builders.js';
import { readOutcome } from './read-outcome.js';

const NOW = 1_800_000_000_000;

test('a hit is fresh or stale, in the eyes of its caller, and names its tier', () => {
  const entry = anEntry({ fetchedAt: NOW - 10, freshUntil: NOW + 10, staleUntil: NOW + 20 });
  expect(readOutcome({ kind: 'hit', entry, tier: 'L1' }, NOW, {})).toBe('fresh.L1');
  expect(readOutcome({ kind: 'hit', entry, tier: 'L2' }, NOW, { staleTtlMs: 0 })).toBe('stale.L2');
  expect(readOutcome({ kind: 'hit', entry, tier: 'L2' }, NOW, { ttlMs: 1 })).toBe('stale.L2');
  expect(readOutcome({ kind: 'hit', entry, tier: 'L3' }, NOW + 10, {})).toBe('stale.L3');
});

test('what had to be scraped was missing, whatever tier it was read from in the end', () => {
  const found = { entry: anEntry(), tier: 'L2' } as const;
  for (const kind of ['scraped', 'renewed', 'forced'] as const)
    expect(readOutcome({ kind, ...found }, NOW, {})).toBe('missing');
  expect(readOutcome({ kind: 'pending', url: '//example.com/' as CanonicalUrl, jobId: '1' }, NOW, {})).toBe(
    'pending',
  );
});

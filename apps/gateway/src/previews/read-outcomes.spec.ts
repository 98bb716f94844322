import { expect, test } from '@jest/globals';
import type { CanonicalUrl } from '#libs/preview';
import { aCopy } from '../../../../test/support/builders.js';
import { readOutcomes } from './read-outcomes.js';

const NOW = 1_800_000_000_000;

test('a hit is fresh or stale, in the eyes of its caller, and names its tier', () => {
  const copy = aCopy({ fetchedAt: NOW - 10, freshUntil: NOW + 10, staleUntil: NOW + 20 });
  expect(readOutcomes({ kind: 'hit', copy, tier: 'L1' }, NOW, {})).toEqual(['fresh.L1']);
  expect(readOutcomes({ kind: 'hit', copy, tier: 'L2' }, NOW, { staleTtlMs: 0 })).toEqual(['stale.L2']);
  expect(readOutcomes({ kind: 'hit', copy, tier: 'L2' }, NOW, { ttlMs: 1 })).toEqual(['stale.L2']);
  expect(readOutcomes({ kind: 'hit', copy, tier: 'L3' }, NOW + 10, {})).toEqual(['stale.L3']);
});

test('a fresh hit on a copy that was warmed counts as such, too', () => {
  const copy = aCopy({
    fetchedFor: 'warm',
    fetchedAt: NOW - 10,
    freshUntil: NOW + 10,
    staleUntil: NOW + 20,
  });
  expect(readOutcomes({ kind: 'hit', copy, tier: 'L2' }, NOW, {})).toEqual(['fresh.L2', 'warmed']);
  expect(readOutcomes({ kind: 'hit', copy, tier: 'L2' }, NOW + 10, {})).toEqual(['stale.L2']);
  expect(readOutcomes({ kind: 'scraped', copy, tier: 'L2' }, NOW, {})).toEqual(['missing']);
});

test('what had to be scraped was missing, whatever tier it was read from in the end', () => {
  const found = { copy: aCopy(), tier: 'L2' } as const;
  for (const kind of ['scraped', 'renewed', 'forced'] as const)
    expect(readOutcomes({ kind, ...found }, NOW, {})).toEqual(['missing']);
  expect(
    readOutcomes({ kind: 'pending', url: '//example.com/' as CanonicalUrl, jobId: '1' }, NOW, {}),
  ).toEqual(['pending']);
});

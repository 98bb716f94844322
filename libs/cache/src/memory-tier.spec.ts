import { describe, expect, test } from '@jest/globals';
import { aPreview, anEntry } from '../../../test/support/builders.js';
import { MemoryTier } from './memory-tier.js';

const NOW = 1_800_000_000_000;

describe('the memory tier', () => {
  test('is bounded in bytes: the least recently read goes first', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const entries = Array.from({ length: 20 }, (_, index) =>
      anEntry({ at: `https://example.com/${index}`, preview: aPreview({ description: 'x'.repeat(1_000) }) }),
    );
    for (const entry of entries) tier.keep(entry, NOW);
    const kept = entries.filter(({ key }) => tier.find(key) !== undefined);
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.length).toBeLessThan(10);
    expect(kept.at(-1)).toBe(entries.at(-1));
  });

  test('keeps nothing that has no life left', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const entry = anEntry({ freshUntil: NOW, staleUntil: NOW });
    tier.keep(entry, NOW);
    expect(tier.find(entry.key)).toBeUndefined();
  });

  test('an older version never replaces a newer one', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const newer = anEntry({ version: 2 });
    tier.keep(newer, NOW);
    tier.keep(anEntry({ version: 1 }), NOW);
    expect(tier.find(newer.key)).toBe(newer);
  });

  test('lets go of what a floor is above, and refuses it from then on', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const old = anEntry({ version: 5 });
    tier.keep(old, NOW);
    tier.raise({ keys: [old.key], version: 6 });
    expect(tier.find(old.key)).toBeUndefined();
    tier.keep(old, NOW); // a slow look at the store comes back
    expect(tier.find(old.key)).toBeUndefined();
    const renewed = anEntry({ version: 6 });
    tier.keep(renewed, NOW);
    tier.raise({ keys: [old.key], version: 3 }); // messages can come late
    expect(tier.find(old.key)).toBe(renewed);
  });
});

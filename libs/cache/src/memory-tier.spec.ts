import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { aCopy, aPreview } from '../../../test/support/builders.js';
import { MemoryTier } from './memory-tier.js';

const NOW = 1_800_000_000_000;

describe('the memory tier', () => {
  test('is bounded in bytes: the least recently read goes first', () => {
    const tier = new MemoryTier({ maxBytes: 20_000, maxAgeMs: 60_000 });
    const copies = Array.from({ length: 20 }, (_, index) =>
      aCopy({ at: `https://example.com/${index}`, preview: aPreview({ description: 'x'.repeat(1_000) }) }),
    );
    for (const copy of copies) tier.keep(copy, NOW);
    const kept = copies.filter(({ key }) => tier.find(key) !== undefined);
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.length).toBeLessThan(10);
    expect(kept.at(-1)).toBe(copies.at(-1));
  });

  test('keeps nothing that has no life left', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const copy = aCopy({ freshUntil: NOW, staleUntil: NOW });
    tier.keep(copy, NOW);
    expect(tier.find(copy.key)).toBeUndefined();
  });

  test('keeps nothing for longer than its age, however short that is', async () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 1 });
    const copy = aCopy({ staleUntil: NOW + 60_000 });
    tier.keep(copy, NOW);
    tier.find(copy.key); // looks at the clock
    await pause(5); // of a later timer than that of the tier's clock
    expect(tier.find(copy.key)).toBeUndefined();
  });

  test('an older version never replaces a newer one', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const newer = aCopy({ version: 2 });
    tier.keep(newer, NOW);
    tier.keep(aCopy({ version: 1 }), NOW);
    expect(tier.find(newer.key)).toBe(newer);
  });

  test('lets go of what a floor is above, and refuses it from then on', () => {
    const tier = new MemoryTier({ maxBytes: 10_000, maxAgeMs: 60_000 });
    const old = aCopy({ version: 5 });
    tier.keep(old, NOW);
    tier.raise({ keys: [old.key], version: 6 });
    expect(tier.find(old.key)).toBeUndefined();
    tier.keep(old, NOW); // a slow look at the store comes back
    expect(tier.find(old.key)).toBeUndefined();
    const renewed = aCopy({ version: 6 });
    tier.keep(renewed, NOW);
    tier.raise({ keys: [old.key], version: 3 }); // messages can come late
    expect(tier.find(old.key)).toBe(renewed);
  });
});

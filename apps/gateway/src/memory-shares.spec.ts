import { expect, test } from '@jest/globals';
import { memoryShares } from './memory-shares.js';
import { KNOWN_READS_BYTES } from './previews/known-reads.js';

const MIB = 1024 ** 2;

test.each([64 * MIB, 256 * MIB, 100 * MIB + 7])(
  '%d bytes of heap have room for all that is held',
  (bytes) => {
    const { copies, bodies } = memoryShares(bytes);
    expect((copies + bodies + KNOWN_READS_BYTES) * 1.5).toBeLessThanOrEqual(bytes);
    expect((copies + bodies + KNOWN_READS_BYTES) * 1.5).toBeGreaterThan(bytes - 8);
  },
);

test.each([1, 1024, 8 * MIB, 8 * MIB + 1])('%d bytes are still some for previews', (bytes) => {
  const { copies, bodies } = memoryShares(bytes);
  for (const share of [copies, bodies]) {
    expect(Number.isInteger(share)).toBe(true);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThanOrEqual(Math.max(1, bytes / 2));
  }
});

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aKey } from '../../../test/support/builders.js';
import { CHUNK_BYTES, decodeChunk, encodeChunk } from './demand-chunk.js';
import { windowChunks } from './window-chunks.js';

const FROM = 1_800_000_000_000;
const UNTIL = FROM + 10_000;

const keysOf = (count: number, reads = 1) =>
  Array.from({ length: count }, (_, index) => ({
    key: aKey(index),
    reads,
    error: 0,
    firstAt: FROM,
    lastAt: UNTIL,
  }));

describe('the chunks of a window', () => {
  test('each keep the limit, and hold every key once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000 }),
        fc.integer({ min: 1, max: 2 ** 31 }),
        (count, reads) => {
          const keys = keysOf(count, reads);
          const chunks = windowChunks({ from: FROM, until: UNTIL, keys, totals: { 'fresh.L1': count } });
          for (const chunk of chunks) {
            const json = JSON.stringify(encodeChunk(chunk));
            expect(Buffer.byteLength(json)).toBeLessThanOrEqual(CHUNK_BYTES);
            expect(decodeChunk(JSON.parse(json))).toEqual(chunk);
          }
          expect(chunks.flatMap((chunk) => chunk.keys)).toEqual(keys);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('are no more than it needs', () => {
    const chunks = windowChunks({ from: FROM, until: UNTIL, keys: keysOf(10_000), totals: {} });
    const fullOnes = chunks.slice(0, -1).map((chunk) => JSON.stringify(encodeChunk(chunk)).length);
    expect(fullOnes.length).toBeGreaterThan(5);
    expect(Math.min(...fullOnes)).toBeGreaterThan(CHUNK_BYTES - 100);
  });

  test('have ids of their own, and one of them the totals', () => {
    const totals = { 'fresh.L1': 7, dropped: 2 };
    const chunks = windowChunks({ from: FROM, until: UNTIL, keys: keysOf(3_000), totals });
    expect(chunks.map((chunk) => chunk.totals)).toEqual([totals, ...chunks.slice(1).map(() => ({}))]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(chunks.length);
    expect(chunks.length).toBeGreaterThan(1);
  });

  test('are none for an empty window, and one for totals alone', () => {
    expect(windowChunks({ from: FROM, until: UNTIL, keys: [], totals: {} })).toEqual([]);
    expect(windowChunks({ from: FROM, until: UNTIL, keys: [], totals: { failed: 1 } })).toMatchObject([
      { keys: [], totals: { failed: 1 } },
    ]);
  });
});

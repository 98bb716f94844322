import { describe, expect, test } from '@jest/globals';
import { aKey } from '../../../test/support/builders.js';
import { ChunkBacklog } from './chunk-backlog.js';
import { type DemandChunk, decodeChunk, encodeChunk } from './demand-chunk.js';

const NOW = 1_800_000_000_000;

function aChunk(number: number, given: Partial<DemandChunk> = {}): DemandChunk {
  const key = { key: aKey(number), reads: 10, error: 0, firstAt: NOW, lastAt: NOW };
  return { id: aKey(number), from: NOW, until: NOW, keys: [key], totals: {}, ...given };
}

const BYTES = JSON.stringify(encodeChunk(aChunk(1))).length;

function takeAll(backlog: ChunkBacklog): readonly DemandChunk[] {
  const taken: DemandChunk[] = [];
  for (let first = backlog.first; first !== undefined; first = backlog.first) {
    taken.push(decodeChunk(JSON.parse(first.text)));
    backlog.shift();
  }
  return taken;
}

describe('chunks that wait', () => {
  test('come out as they went in, in order', () => {
    const backlog = new ChunkBacklog(3 * BYTES);
    const chunks = [aChunk(1), aChunk(2), aChunk(3)];
    expect(chunks.map((chunk) => backlog.push(chunk))).toEqual([0, 0, 0]);
    expect(backlog.reads).toBe(30);
    expect(takeAll(backlog)).toEqual(chunks);
    expect(backlog.reads).toBe(0);
  });

  test('make room for newer ones, the oldest first, but for the one that may be under way', () => {
    const backlog = new ChunkBacklog(3 * BYTES);
    const lost = [1, 2, 3, 4, 5].map((number) => backlog.push(aChunk(number)));
    expect(lost).toEqual([0, 0, 0, 10, 10]);
    expect(takeAll(backlog).map(({ id }) => id)).toEqual([1, 4, 5].map(aKey));
  });

  test('leave room behind when they are taken', () => {
    const backlog = new ChunkBacklog(2 * BYTES);
    for (let number = 0; number < 10; number += 1) {
      expect(backlog.push(aChunk(number))).toBe(0);
      backlog.shift();
    }
    expect(backlog.first).toBeUndefined();
  });

  test('take with them what their totals say was lost before', () => {
    const backlog = new ChunkBacklog(2 * BYTES);
    backlog.push(aChunk(1));
    backlog.push(aChunk(2, { keys: [], totals: { dropped: 7, 'fresh.L1': 3 } }));
    expect(backlog.push(aChunk(3))).toBe(7);
  });
});

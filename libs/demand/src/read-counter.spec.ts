import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aKey } from '../../../test/support/builders.js';
import { ReadCounter } from './read-counter.js';

/** Streams of page numbers, some of them often, most of them rarely. */
const streams = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 4 }) },
    { weight: 3, arbitrary: fc.integer({ min: 5, max: 60 }) },
  ),
  { maxLength: 400 },
);

function countAll(stream: readonly number[], capacity: number) {
  const counter = new ReadCounter(capacity);
  const truth = new Map<string, number[]>();
  for (const [at, number] of stream.entries()) {
    const key = aKey(number);
    counter.add(key, at);
    truth.set(key, [...(truth.get(key) ?? []), at]);
  }
  return { counts: counter.counts(), truth };
}

describe('counting reads', () => {
  test('is exact while there are no more keys than counters', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const { counts, truth } = countAll(stream, 61);
        expect(new Map(counts.map(({ key, ...demand }) => [key, demand]))).toEqual(
          new Map(
            [...truth].map(([key, times]) => [
              key,
              { reads: times.length, error: 0, firstAt: times[0], lastAt: times.at(-1) },
            ]),
          ),
        );
      }),
    );
  });

  test('keeps the guarantees of Space-Saving when there are more', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 20 }), (stream, capacity) => {
        const { counts, truth } = countAll(stream, capacity);
        expect(counts.length).toBe(Math.min(capacity, truth.size));
        for (const { key, reads, error, firstAt, lastAt } of counts) {
          const times = truth.get(key)!;
          expect(reads).toBeGreaterThanOrEqual(times.length);
          expect(reads - error).toBeLessThanOrEqual(times.length);
          expect(reads - error).toBeGreaterThan(0);
          expect(times).toContain(firstAt);
          expect(lastAt).toBe(times.at(-1));
        }
        expect(counts.reduce((sum, { reads }) => sum + reads, 0)).toBe(stream.length);
        const hot = [...truth].filter(([, times]) => times.length > stream.length / capacity);
        expect(counts.map(({ key }) => key)).toEqual(expect.arrayContaining(hot.map(([key]) => key)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('a newcomer takes over the counter with the fewest reads', () => {
    const counter = new ReadCounter(3);
    for (const number of [1, 1, 1, 2, 2, 3, 3, 3, 3, 4]) counter.add(aKey(number), number);
    expect(counter.counts().toSorted((one, other) => one.key.localeCompare(other.key))).toEqual([
      { key: aKey(1), reads: 3, error: 0, firstAt: 1, lastAt: 1 },
      { key: aKey(3), reads: 4, error: 0, firstAt: 3, lastAt: 3 },
      { key: aKey(4), reads: 3, error: 2, firstAt: 4, lastAt: 4 },
    ]);
  });

  test('a million keys in one window stay within the capacity, and do not hide the one that is read', () => {
    const counter = new ReadCounter(65_536);
    const hot = aKey(0);
    for (let number = 1; number <= 1_000_000; number += 1) {
      counter.add(aKey(number), number);
      if (number % 1_000 === 0) counter.add(hot, number);
    }
    const counts = counter.counts();
    expect(counts.length).toBe(65_536);
    expect(counts.reduce((sum, { reads }) => sum + reads, 0)).toBe(1_000_000 + 1_000);
    const found = counts.find(({ key }) => key === hot)!;
    expect(found.reads).toBeGreaterThanOrEqual(1_000);
    expect(found.reads - found.error).toBeLessThanOrEqual(1_000);
  });
});

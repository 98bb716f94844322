import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aKey } from '../../../test/support/builders.js';
import { type DemandChunk, decodeChunk, encodeChunk, type EncodedChunk } from './demand-chunk.js';
import { READ_OUTCOMES } from './read-outcome.js';

const ID = '7f9c24e8-3b12-4fef-91a8-0c5d2b6a7e01';
const FROM = 1_800_000_000_000;

const whole = (max: number) => fc.integer({ min: 0, max });

const chunks: fc.Arbitrary<DemandChunk> = fc
  .record({
    id: fc.uuid(),
    from: whole(2 ** 42),
    until: fc.constant(0),
    keys: fc.uniqueArray(
      fc.record({
        key: whole(1_000).map(aKey),
        reads: fc.integer({ min: 1, max: 2 ** 31 }),
        error: fc.constant(0),
        firstAt: whole(5_000),
        lastAt: fc.integer({ min: 5_000, max: 10_000 }),
      }),
      { selector: ({ key }) => key, maxLength: 50 },
    ),
    totals: fc.dictionary(fc.constantFrom(...READ_OUTCOMES), whole(2 ** 40), { noNullPrototype: true }),
  })
  .map(({ from, keys, ...chunk }) => ({
    ...chunk,
    from,
    until: from + 10_000,
    keys: keys.map((demand, index) => ({
      ...demand,
      error: index % demand.reads,
      firstAt: from + demand.firstAt,
      lastAt: from + demand.lastAt,
    })),
  }));

const encoded: EncodedChunk = {
  id: ID,
  from: FROM,
  until: FROM + 10_000,
  keys: [[aKey(1), 3, 1, 0, 10_000]],
  totals: { 'fresh.L1': 3 },
};

/** The chunk above with its one key changed. */
const withKey = (...key: unknown[]) => ({ ...encoded, keys: [key] });

describe('a chunk', () => {
  test('comes out of JSON as it went in', () => {
    fc.assert(
      fc.property(chunks, (chunk) => {
        expect(decodeChunk(JSON.parse(JSON.stringify(encodeChunk(chunk))))).toEqual(chunk);
      }),
    );
  });

  test('travels with the times of its keys counted from its start', () => {
    expect(encodeChunk(decodeChunk(encoded))).toEqual(encoded);
    expect(decodeChunk(encoded).keys).toEqual([
      { key: aKey(1), reads: 3, error: 1, firstAt: FROM, lastAt: FROM + 10_000 },
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /expected object/],
    ['text', '{}', /expected object/],
    ['no id', { ...encoded, id: undefined }, /id/],
    ['an id that is no uuid', { ...encoded, id: 'x' }, /id: expected a uuid/],
    ['a field that nobody knows', { ...encoded, more: 1 }, /more/],
    ['a start that is no number', { ...encoded, from: '0' }, /from/],
    ['a start before the epoch', { ...encoded, from: -1 }, /from/],
    ['an end that no date can name', { ...encoded, until: 8.64e15 + 1 }, /until/],
    ['an end before the start', { ...encoded, until: FROM - 1 }, /ends before it starts/],
    ['keys that are no list', { ...encoded, keys: {} }, /keys/],
    ['a key that is no uuid', withKey('example.com', 3, 1, 0, 1), /keys\.0\.0: expected a uuid/],
    ['a key in capitals', withKey(aKey(10).toUpperCase(), 3, 1, 0, 1), /keys\.0\.0/],
    ['a key without reads', withKey(aKey(1), 0, 0, 0, 1), /keys\.0\.1/],
    ['a broken count', withKey(aKey(1), 1.5, 0, 0, 1), /keys\.0\.1/],
    ['a count that JSON lost', withKey(aKey(1), null, 0, 0, 1), /keys\.0\.1/],
    ['an endless count', withKey(aKey(1), Number.POSITIVE_INFINITY, 0, 0, 1), /keys\.0\.1/],
    ['a count that is too large to add up', withKey(aKey(1), 2 ** 53, 0, 0, 1), /keys\.0\.1/],
    ['more possible error than reads', withKey(aKey(1), 3, 3, 0, 1), /other keys/],
    ['a negative error', withKey(aKey(1), 3, -1, 0, 1), /keys\.0\.2/],
    ['a read before the window', withKey(aKey(1), 3, 1, -1, 1), /keys\.0\.3/],
    ['a last read before the first', withKey(aKey(1), 3, 1, 2, 1), /before the first/],
    ['a read after the window', withKey(aKey(1), 3, 1, 0, 10_001), /after the window/],
    ['too few numbers', withKey(aKey(1), 3, 1, 0), /keys\.0/],
    ['too many numbers', withKey(aKey(1), 3, 1, 0, 1, 1), /keys\.0/],
    ['a key twice', { ...encoded, keys: [encoded.keys[0], encoded.keys[0]] }, /twice/],
    [
      'more keys than fit',
      { ...encoded, keys: Array.from({ length: 2_000 }, (_, index) => [aKey(index), 1, 0, 0, 0]) },
      /keys/,
    ],
    ['an outcome that nobody knows', { ...encoded, totals: { lukewarm: 1 } }, /totals/],
    ['a negative total', { ...encoded, totals: { missing: -1 } }, /totals\.missing/],
  ])('is refused with %s', (_what, data, problem) => {
    expect(() => decodeChunk(data)).toThrow(problem);
  });
});

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeDemand, encodeDemand } from './demand-codec.js';
import { type DemandState, withReads, WINDOWS_MS } from './demand-state.js';
import { BYTES_PER_HOUR, HOURS_OF_WEEK } from './hour-profile.js';

const MONDAY = Date.UTC(2024, 0, 1);

const times = fc.integer({ min: -8.64e15, max: 8.64e15 });
const estimates = fc.double({ min: 0, max: 1e9, noNaN: true });
const states: fc.Arbitrary<DemandState> = fc.record({
  firstReadAt: times,
  lastReadAt: fc.double({ min: 0, max: 8.64e15, noNaN: true }),
  asideUntil: times,
  reads: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  idleLogMean: fc.double({ min: -10, max: 40, noNaN: true }),
  idleLogSquare: estimates,
  gaps: fc.integer({ min: 0, max: 255 }),
  windows: fc.array(estimates, { minLength: WINDOWS_MS.length, maxLength: WINDOWS_MS.length }),
  hours: fc
    .uniqueArray(
      fc.tuple(
        fc.integer({ min: 0, max: 167 }),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 0, max: 59 }),
      ),
      {
        selector: ([hour]) => hour,
        maxLength: HOURS_OF_WEEK,
      },
    )
    .map((triples) => Uint8Array.from(triples.sort(([one], [other]) => one - other).flat())),
});

/** A number as four bytes hold it. */
const single = Math.fround;

const aNewKey = withReads(undefined, { reads: 3, firstAt: MONDAY, lastAt: MONDAY + 5_000 });

describe('the binary form of a demand state', () => {
  test('keeps times, reads and hours exactly, and estimates to single precision', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(decodeDemand(encodeDemand(state))).toEqual({
          ...state,
          idleLogMean: single(state.idleLogMean),
          idleLogSquare: single(state.idleLogSquare),
          windows: state.windows.map(single),
        });
      }),
    );
  });

  test('gives the same bytes when it is written again', () => {
    fc.assert(
      fc.property(states, (state) => {
        const bytes = encodeDemand(state);
        expect(encodeDemand(decodeDemand(bytes))).toEqual(bytes);
      }),
    );
  });

  test('takes 81 bytes for a new key, and three more for another hour of the week', () => {
    expect(encodeDemand(aNewKey)).toHaveLength(81);
    const at = MONDAY + 3 * 3_600_000;
    expect(encodeDemand(withReads(aNewKey, { reads: 1, firstAt: at, lastAt: at }))).toHaveLength(84);
  });

  test('stays as it is: version, times and reads in eight bytes, logarithms and windows in four, gaps, hours', () => {
    const written = Buffer.from(
      encodeDemand({ ...aNewKey, idleLogMean: 1, idleLogSquare: 2, asideUntil: 4 }),
    );
    const expected = Buffer.concat([
      Buffer.of(2),
      ...[MONDAY, MONDAY + 5_000, 4, 3].map((value) => {
        const eight = Buffer.alloc(8);
        eight.writeDoubleBE(value);
        return eight;
      }),
      ...[1, 2, ...WINDOWS_MS.map(() => 3)].map((value) => {
        const four = Buffer.alloc(4);
        four.writeFloatBE(value);
        return four;
      }),
      Buffer.of(0), // gaps
      Buffer.of(0, 1, 0), // Monday 00:00, this week
    ]);
    expect(written.toString('hex')).toBe(expected.toString('hex'));
  });

  test("is read from the middle of a driver's buffer, of which it keeps nothing", () => {
    const bytes = encodeDemand(aNewKey);
    const buffer = Buffer.alloc(300, 0xee);
    buffer.set(bytes, 101);
    const decoded = decodeDemand(buffer.subarray(101, 101 + bytes.length));
    buffer.fill(0);
    expect(decoded).toEqual(aNewKey);
  });

  test('of another version is refused', () => {
    const bytes = encodeDemand(aNewKey);
    bytes[0] = 3;
    expect(() => decodeDemand(bytes)).toThrow('version 3');
    expect(() => decodeDemand(new Uint8Array(0))).toThrow('version none');
  });

  test.each([
    [1, [1, 76, 78, 80, 77 + BYTES_PER_HOUR * HOURS_OF_WEEK + 2]],
    [2, [1, 77, 79, 80, 82, 78 + BYTES_PER_HOUR * HOURS_OF_WEEK + 3]],
  ])('of version %i and a length that it never has is refused as broken', (version, lengths) => {
    for (const length of lengths) {
      const bytes = new Uint8Array(length);
      bytes[0] = version;
      expect(() => decodeDemand(bytes)).toThrow(`${length} bytes`);
    }
  });

  test('of the first version is read: its weeks become the last ones, and gaps are as many as there can have been', () => {
    const bytes = encodeDemand(aNewKey);
    const first = Uint8Array.from([1, ...bytes.subarray(1, 77), 9, 3, 33, 200]);
    expect(decodeDemand(first)).toEqual({
      ...aNewKey,
      gaps: 2,
      hours: Uint8Array.from([9, 0b111, 0, 33, 0xff, 0]),
    });
  });

  test('may hold no hours, or all of the week', () => {
    const all = Uint8Array.from({ length: BYTES_PER_HOUR * HOURS_OF_WEEK }, (_, index) =>
      index % 3 === 0 ? index / 3 : 7,
    );
    for (const hours of [new Uint8Array(0), all])
      expect(decodeDemand(encodeDemand({ ...aNewKey, hours })).hours).toEqual(hours);
  });
});

import { describe, expect, test } from '@jest/globals';
import { PendingReads } from './pending-reads.js';

const NOON = Date.UTC(2024, 0, 1, 12);

function untils(pending: PendingReads, now: number): number[] {
  return pending.take(now).map(({ until }) => until);
}

describe('reads that wait', () => {
  test('are taken when their periods are over, the earliest first, and once', () => {
    const pending = new PendingReads(2);
    for (const after of [30_000, 10_000, 20_000]) pending.add(NOON + after, Float64Array.of(1, 2));
    expect(untils(pending, NOON + 9_999)).toEqual([]);
    expect(untils(pending, NOON + 20_000)).toEqual([NOON + 10_000, NOON + 20_000]);
    expect(untils(pending, NOON + 60_000)).toEqual([NOON + 30_000]);
    expect(untils(pending, NOON + 60_000)).toEqual([]);
  });

  test('keep their values, whatever becomes of what they were given, and to a thousandth when stored', () => {
    const pending = new PendingReads(3);
    const values = Float64Array.of(-29.8973, 0.12345, 11);
    pending.add(NOON, values);
    values.fill(0);
    const restored = new PendingReads(3);
    restored.restore(JSON.parse(JSON.stringify(pending.store())));
    const [read] = restored.take(NOON);
    expect(read!.until).toBe(NOON);
    [-29.8973, 0.12345, 11].forEach((value, index) => expect(read!.values[index]).toBeCloseTo(value, 3));
  });

  test('are a sample where there are too many, of the same share of periods, and all again when there are few', () => {
    const pending = new PendingReads(1);
    expect(pending.isTaken(NOON, 1)).toBe(true);
    for (let read = 0; read < 1_500; read += 1) pending.add(NOON + read, Float64Array.of(0));
    const { thinned, waiting } = pending.store();
    expect(thinned).toBeGreaterThan(1);
    expect(Buffer.from(waiting, 'base64').length / 6).toBeLessThanOrEqual(512);
    const taken = Array.from({ length: 4_000 }, (_, key) => pending.isTaken(NOON, NOON - 977 * key));
    expect(Math.abs(taken.filter(Boolean).length / 4_000 - 2 ** -thinned)).toBeLessThan(0.03);
    for (let minute = 0; minute <= thinned; minute += 1) {
      pending.add(NOON + minute * 60_000, Float64Array.of(0));
      pending.take(NOON + minute * 60_000);
    }
    expect(pending.store().thinned).toBe(0);
  });

  test.each([null, {}, { thinned: 0, waiting: 'AAAA' }, { thinned: 'no', waiting: '' }])(
    'are not restored from %j',
    (broken) => {
      expect(() => new PendingReads(3).restore(broken)).toThrow('broken');
    },
  );
});

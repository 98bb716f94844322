import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aKey } from '../../../test/support/builders.js';
import { decodeChunk, encodeChunk } from './demand-chunk.js';
import { DemandRecorder, type DemandRecorderOptions, type Read } from './demand-recorder.js';

const NOW = 1_800_000_000_000;

function aRecorder(given: Partial<DemandRecorderOptions> = {}): DemandRecorder {
  return new DemandRecorder({ maxKeys: 100, callerCap: 100, hostCap: 100, ...given }, NOW);
}

function aRead(given: Partial<Read> = {}): Read {
  return { key: aKey(1), host: 'example.com', caller: '192.0.2.1', ...given };
}

describe('recording demand', () => {
  test('a window has its reads, its totals and its times; the next one starts over where it ended', () => {
    const recorder = aRecorder();
    recorder.record(aRead(), NOW + 1);
    recorder.record(aRead({ key: aKey(2) }), NOW + 2);
    recorder.record(aRead(), NOW + 5);
    recorder.answered('fresh.L1');
    recorder.answered('fresh.L1');
    recorder.answered('missing');
    recorder.gaveUp(40);
    expect(recorder.cut(NOW + 10)).toEqual([
      {
        id: expect.any(String),
        from: NOW,
        until: NOW + 10,
        keys: [
          { key: aKey(1), reads: 2, error: 0, firstAt: NOW + 1, lastAt: NOW + 5 },
          { key: aKey(2), reads: 1, error: 0, firstAt: NOW + 2, lastAt: NOW + 2 },
        ],
        totals: { 'fresh.L1': 2, missing: 1, dropped: 40 },
      },
    ]);
    expect(recorder.cut(NOW + 20)).toEqual([]);
    recorder.record(aRead(), NOW + 25);
    expect(recorder.cut(NOW + 30)).toMatchObject([{ from: NOW + 20, keys: [{ reads: 1 }], totals: {} }]);
  });

  test('a caller adds no more than his cap, however many pages he reads; the next window is a new one', () => {
    const recorder = aRecorder({ callerCap: 3 });
    for (let number = 0; number < 5; number += 1)
      recorder.record(aRead({ key: aKey(number), host: `${number}.example` }), NOW);
    recorder.record(aRead({ caller: '192.0.2.2' }), NOW);
    const [chunk] = recorder.cut(NOW);
    expect(chunk?.keys.map(({ key, reads }) => [key, reads])).toEqual([
      [aKey(0), 1],
      [aKey(1), 2],
      [aKey(2), 1],
    ]);
    expect(chunk?.totals).toEqual({ uncounted: 2 });
    recorder.record(aRead(), NOW);
    expect(recorder.cut(NOW)[0]?.totals).toEqual({});
  });

  test('a caller does not become another one by another address of his network', () => {
    const recorder = aRecorder({ callerCap: 3 });
    for (let number = 0; number < 5; number += 1)
      recorder.record(aRead({ caller: `2001:db8:1:2::${number}` }), NOW);
    recorder.record(aRead({ caller: '2001:db8:1:3::1' }), NOW);
    expect(recorder.cut(NOW)).toMatchObject([{ keys: [{ reads: 4 }], totals: { uncounted: 2 } }]);
  });

  test('a host is counted no more than its cap, however many callers it has, and takes nothing from theirs', () => {
    const recorder = aRecorder({ hostCap: 3, callerCap: 2 });
    for (let number = 0; number < 5; number += 1)
      recorder.record(aRead({ key: aKey(number), caller: `192.0.2.${number}` }), NOW);
    for (let number = 0; number < 3; number += 1)
      recorder.record(aRead({ key: aKey(9), host: 'other.example', caller: '192.0.2.4' }), NOW);
    const [chunk] = recorder.cut(NOW);
    expect(chunk?.keys.map(({ reads }) => reads)).toEqual([1, 1, 1, 2]);
    expect(chunk?.totals).toEqual({ uncounted: 3 });
  });

  test('a caller who had his share takes nothing from the host that he goes on reading', () => {
    const recorder = aRecorder({ callerCap: 1, hostCap: 2 });
    for (let number = 0; number < 10; number += 1) recorder.record(aRead(), NOW);
    recorder.record(aRead({ caller: '192.0.2.2' }), NOW);
    expect(recorder.cut(NOW)).toMatchObject([{ keys: [{ reads: 2 }], totals: { uncounted: 9 } }]);
  });

  test('callers beyond those that can be told apart share one allowance', () => {
    const recorder = aRecorder({ maxKeys: 2, callerCap: 3, hostCap: 1_000 });
    for (let number = 0; number < 50; number += 1)
      recorder.record(aRead({ caller: `192.0.2.${number}` }), NOW);
    recorder.record(aRead({ caller: '192.0.2.0' }), NOW);
    expect(recorder.cut(NOW)).toMatchObject([{ keys: [{ reads: 2 + 3 + 1 }], totals: { uncounted: 45 } }]);
  });

  test('a million pages in one window take a bounded part of memory, and no read is left out of the sums', () => {
    const [pages, maxKeys] = [1_000_000, 4_096];
    const recorder = aRecorder({ maxKeys, callerCap: 150, hostCap: 200 });
    for (let page = 0; page < pages; page += 1) {
      // More hosts and callers, too, than can be told apart; some of them have had their share.
      const [host, caller] = [`${page % 7_000}.example`, `caller-${page % 9_000}`];
      recorder.record({ key: aKey(page), host, caller }, NOW + page / 1_000);
    }
    const chunks = recorder.cut(NOW + 1_000);
    const keys = chunks.flatMap((chunk) => chunk.keys);
    expect(keys.length).toBe(maxKeys);
    expect(new Set(keys.map(({ key }) => key)).size).toBe(maxKeys);
    const counted = keys.reduce((sum, { reads }) => sum + reads, 0);
    const [uncounted = 0, ...ofLaterChunks] = chunks.map(({ totals }) => totals.uncounted);
    expect(ofLaterChunks.every((reads) => reads === undefined)).toBe(true);
    expect(uncounted).toBeGreaterThan(0);
    expect(counted + uncounted).toBe(pages);
  });

  test('clocks may jump: whatever they say, the chunks can be read', () => {
    const jumps = fc.array(
      fc.record({ now: fc.integer({ min: 0, max: 2 * NOW }), cuts: fc.boolean(), page: fc.nat(3) }),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(jumps, (steps) => {
        const recorder = aRecorder();
        const chunks = steps.flatMap(({ now, cuts, page }) => {
          recorder.record(aRead({ key: aKey(page) }), now);
          return cuts ? recorder.cut(now) : [];
        });
        chunks.push(...recorder.cut(0));
        for (const chunk of chunks) expect(decodeChunk(encodeChunk(chunk))).toEqual(chunk);
        const counted = chunks.flatMap(({ keys }) => keys).reduce((sum, { reads }) => sum + reads, 0);
        expect(counted).toBe(steps.length);
      }),
    );
  });
});

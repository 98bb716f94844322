import { describe, expect, test } from '@jest/globals';
import type { Trace } from '../trace.js';
import { type FixedLifetime, replayCeiling, replayFixed } from './known-policies.js';
import { type Origin, STILL_ORIGIN } from './origin.js';

const TTL = 100;

/** Reads at these times, by key, in order. */
function aTrace(times: Readonly<Record<string, readonly number[]>>): Trace {
  const reads = Object.entries(times).flatMap(([key, ats]) => ats.map((at) => ({ at, key })));
  return { reads: reads.sort((one, other) => one.at - other.at), brokenLines: 0, unsortedLines: 0 };
}

function replayed(trace: Trace, policy: Partial<FixedLifetime> = {}, origin: Origin = STILL_ORIGIN) {
  return replayFixed(trace, origin, { ttlMs: TTL, graceMs: 0, refreshAhead: false, ...policy });
}

describe('cache-aside', () => {
  test('serves a copy for its lifetime after the read that fetched it', () => {
    expect(replayed(aTrace({ a: [0, 50, 99, 150, 249, 251] }))).toMatchObject({
      reads: 6,
      fresh: 3,
      stale: 0,
      fetches: 3,
      warms: 0,
      wasted: 0,
    });
  });

  test('misses a read exactly at the expiry', () => {
    expect(replayed(aTrace({ a: [0, 99, 100, 199, 200] }))).toMatchObject({ fresh: 2, fetches: 3 });
  });

  test('keeps keys apart', () => {
    expect(replayed(aTrace({ a: [0, 10], b: [5, 104, 105] }))).toMatchObject({ fresh: 2, fetches: 3 });
  });

  test('serves the second of two reads in the same moment', () => {
    expect(replayed(aTrace({ a: [0, 0] }))).toMatchObject({ fresh: 1, fetches: 1 });
  });
});

describe('stale-while-revalidate', () => {
  const swr = { graceMs: 40 };

  test('answers at once, and fetches, within its grace; beyond it, it misses', () => {
    const trace = aTrace({ a: [0, 100, 239, 240, 380], b: [0, 139, 238] });
    // a: missed at 0, stale at 100 and at 239 (until 200, and 40 more), fresh at 240, missed at 380 (past 339 and 40 more).
    // b: missed at 0, stale at 139, fresh at 238.
    expect(replayed(trace, swr)).toMatchObject({ reads: 8, fresh: 2, stale: 3, fetches: 6 });
  });

  test('misses a read exactly at the end of its grace', () => {
    expect(replayed(aTrace({ a: [0, 140] }), swr)).toMatchObject({ stale: 0, fetches: 2 });
    expect(replayed(aTrace({ a: [0, 139] }), swr)).toMatchObject({ stale: 1, fetches: 2 });
  });

  test('is as fresh as cache-aside, for as many fetches', () => {
    const trace = aTrace({ a: [0, 60, 120, 230, 390], b: [30, 31, 131, 300] });
    const [aside, stale] = [replayed(trace), replayed(trace, swr)];
    expect([stale.fresh, stale.fetches]).toEqual([aside.fresh, aside.fetches]);
  });
});

describe('naive refresh-ahead', () => {
  const ahead = { refreshAhead: true };

  test('renews at its expiry what was read since it was fetched, and lets go of what was not', () => {
    // Fetched at 0; renewed at 100, as it was read; not read until 200, so not renewed; missed at 250.
    expect(replayed(aTrace({ a: [0, 250] }), ahead)).toMatchObject({
      fresh: 0,
      fetches: 3,
      warms: 1,
      used: 0,
      wasted: 1,
    });
  });

  test('serves from a renewed copy, and renews it again', () => {
    // Renewed at 100, 200 and 300 for the reads before; that of 300 isn't read until 400.
    expect(replayed(aTrace({ a: [0, 150, 250, 450] }), ahead)).toMatchObject({
      fresh: 2,
      fetches: 5,
      warms: 3,
      used: 2,
      wasted: 1,
    });
  });

  test('serves a read exactly at the expiry, which finds its copy renewed', () => {
    expect(replayed(aTrace({ a: [0, 100, 200] }), ahead)).toMatchObject({ fresh: 2, fetches: 3, used: 2 });
  });

  test('counts a renewed copy that is first read in its grace as wasted, and not as used as well', () => {
    const tally = replayed(aTrace({ a: [0, 220] }), { ...ahead, graceMs: 40 });
    expect(tally).toMatchObject({ stale: 1, warms: 1, used: 0, wasted: 1 });
  });

  test('renews before reads of other keys at the same time, and counts nothing after the last read', () => {
    expect(replayed(aTrace({ a: [0], b: [100] }), ahead)).toMatchObject({ fetches: 3, warms: 1, wasted: 0 });
    expect(replayed(aTrace({ a: [0], b: [99] }), ahead)).toMatchObject({ fetches: 2, warms: 0 });
  });
});

describe('a page that changes', () => {
  /** A page whose version is the number of hundreds that have passed, and tells so. */
  const byHundreds: Origin = {
    visit: (_, at) => ({ version: Math.floor(at / 100), hasValidators: true }),
    versionAt: (_, at) => Math.floor(at / 100),
  };

  test('is served old until its copy expires, or while it is stale', () => {
    const trace = aTrace({ a: [50, 99, 120, 149, 160] });
    expect(replayed(trace, {}, byHundreds)).toMatchObject({ fresh: 3, changed: 2, fetches: 2 });
    expect(replayed(trace, { graceMs: TTL }, byHundreds)).toMatchObject({ stale: 1, changed: 3 });
  });

  test('answers 304 where it has not changed since the copy before', () => {
    const trace = aTrace({ a: [0, 50, 99, 150] });
    expect(replayed(trace, { ttlMs: 40 }, byHundreds)).toMatchObject({ fetches: 4, notModified: 2 });
  });
});

test('the ceiling misses the first read of each key, at the load of cache-aside', () => {
  const trace = aTrace({ a: [0, 1_000, 2_000], b: [500] });
  expect(replayCeiling(trace, replayed(trace).fetches)).toMatchObject({
    reads: 4,
    fresh: 2,
    fetches: 4,
    warms: 2,
    used: 2,
    wasted: 0,
  });
});

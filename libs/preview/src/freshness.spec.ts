import { describe, expect, test } from '@jest/globals';
import { aFailure, anEntry } from '../../../test/support/builders.js';
import { ageMs, failurePauseMs, freshness, remainingLifetimeMs, showsPreview } from './freshness.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('freshness of a preview', () => {
  const entry = anEntry({ fetchedAt: NOW, freshUntil: NOW + HOUR, staleUntil: NOW + 2 * HOUR });

  test('fresh until its lifetime is over, stale until its grace is, then missing', () => {
    expect(freshness(entry, NOW + HOUR - 1)).toBe('fresh');
    expect(freshness(entry, NOW + HOUR)).toBe('stale');
    expect(freshness(entry, NOW + 2 * HOUR - 1)).toBe('stale');
    expect(freshness(entry, NOW + 2 * HOUR)).toBe('missing');
    expect(freshness(undefined, NOW)).toBe('missing');
  });

  test('a caller who wants it younger has it refreshed before the answer', () => {
    expect(freshness(entry, NOW + 5 * MINUTE, { ttlMs: 5 * MINUTE })).toBe('fresh');
    expect(freshness(entry, NOW + 5 * MINUTE + 1, { ttlMs: 5 * MINUTE })).toBe('missing');
  });

  test('a caller who takes it stale has it refreshed behind the answer', () => {
    expect(freshness(entry, NOW + MINUTE, { staleTtlMs: 2 * MINUTE })).toBe('fresh');
    expect(freshness(entry, NOW + 3 * MINUTE, { staleTtlMs: 2 * MINUTE })).toBe('stale');
    expect(freshness(entry, NOW, { staleTtlMs: 0 })).toBe('stale');
    expect(freshness(entry, NOW + 9 * HOUR, { staleTtlMs: 0 })).toBe('stale');
    expect(freshness(entry, NOW + 2 * MINUTE, { ttlMs: MINUTE, staleTtlMs: 0 })).toBe('missing');
  });

  test('age is never negative, whatever two clocks think of each other', () => {
    expect(ageMs(entry, NOW - MINUTE)).toBe(0);
    expect(freshness(entry, NOW - MINUTE, { ttlMs: MINUTE })).toBe('fresh');
  });

  test('what remains of a life, grace included, is never negative and always whole', () => {
    expect(remainingLifetimeMs(entry, NOW + 0.5)).toBe(2 * HOUR - 1);
    expect(remainingLifetimeMs(entry, NOW + 3 * HOUR)).toBe(0);
  });
});

describe('freshness of a failure', () => {
  const failed = (outcome = aFailure(), preview = anEntry().preview) =>
    anEntry({ preview, outcome, fetchedAt: NOW - HOUR, freshUntil: NOW + MINUTE, staleUntil: NOW + HOUR });

  test('without a preview it is the answer while the origin rests, then the origin is asked again', () => {
    const entry = { ...failed(), preview: null };
    expect(showsPreview(entry, NOW)).toBe(false);
    expect(freshness(entry, NOW)).toBe('fresh');
    expect(freshness(entry, NOW + MINUTE)).toBe('missing');
  });

  test('a preview from before is served instead: at rest as it is, later with a refresh behind it, past its grace no more', () => {
    const entry = failed();
    expect([showsPreview(entry, NOW), freshness(entry, NOW)]).toEqual([true, 'fresh']);
    expect([showsPreview(entry, NOW + MINUTE), freshness(entry, NOW + MINUTE)]).toEqual([true, 'stale']);
    expect([showsPreview(entry, NOW + HOUR), freshness(entry, NOW + HOUR)]).toEqual([false, 'missing']);
  });

  test.each([404, 410, 451])('after %i the page is gone, and no old copy is served', (statusCode) => {
    expect(showsPreview(failed(aFailure({ code: 'ENOTFOUND', statusCode })), NOW)).toBe(false);
  });

  test('while the origin rests, a caller who wants the copy younger gets what there is', () => {
    expect(freshness(failed(), NOW, { ttlMs: MINUTE })).toBe('fresh');
    expect(freshness(failed(), NOW, { staleTtlMs: 0 })).toBe('fresh');
  });
});

describe('the pause after a failure', () => {
  const pauses = { transientMs: MINUTE, transientMaxMs: HOUR, lastingMs: HOUR, lastingMaxMs: 24 * HOUR };
  const pause = (failure: ReturnType<typeof aFailure>, count: number) =>
    failurePauseMs(failure, count, pauses);

  test.each([
    ['unreachable', aFailure({ code: 'EUNREACHABLE' })],
    ['slow', aFailure({ code: 'EORIGINTIMEOUT' })],
    ['500', aFailure({ code: 'EORIGINSTATUS', statusCode: 500 })],
    ['429', aFailure({ code: 'EORIGINSTATUS', statusCode: 429 })],
  ])('%s may pass: it doubles up to a bound', (_what, failure) => {
    expect([1, 2, 3, 7, 99].map((count) => pause(failure, count))).toEqual([
      MINUTE,
      2 * MINUTE,
      4 * MINUTE,
      HOUR,
      HOUR,
    ]);
  });

  test.each([
    ['404', aFailure({ code: 'ENOTFOUND', statusCode: 404 })],
    ['403', aFailure({ code: 'EORIGINSTATUS', statusCode: 403 })],
    ['no page', aFailure({ code: 'ENOTPREVIEWABLE', statusCode: 200 })],
  ])('%s will last: it is long from the third on', (_what, failure) => {
    expect([1, 2, 3, 4].map((count) => pause(failure, count))).toEqual([HOUR, HOUR, 24 * HOUR, 24 * HOUR]);
  });

  test('a forbidden address is looked at again soon, as it may be allowed by then', () => {
    const failure = aFailure({ code: 'EFORBIDDENURL' });
    expect([1, 2, 3, 99].map((count) => pause(failure, count))).toEqual([MINUTE, MINUTE, MINUTE, MINUTE]);
  });

  test('what the origin asks for wins, within reason', () => {
    const asking = (retryAfterMs: number) =>
      aFailure({ code: 'EORIGINSTATUS', statusCode: 503, retryAfterMs });
    expect(pause(asking(10 * MINUTE), 1)).toBe(10 * MINUTE);
    expect(pause(asking(0), 5)).toBe(MINUTE);
    expect(pause(asking(1e12), 1)).toBe(24 * HOUR);
  });
});

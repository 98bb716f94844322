import { describe, expect, test } from '@jest/globals';
import { anEntry, aFailure } from '../../../test/support/builders.js';
import { freshness, lifetimeMs, remainingLifetimeMs } from './freshness.js';

const NOW = 1_800_000_000_000;

describe('freshness', () => {
  test('an entry is fresh until its moment has come', () => {
    const entry = anEntry({ freshUntil: NOW });
    expect(freshness(entry, NOW - 1)).toBe('fresh');
    expect(freshness(entry, NOW)).toBe('missing');
  });

  test('nothing is missing', () => {
    expect(freshness(undefined, NOW)).toBe('missing');
  });

  test('what remains of a life is never negative and always whole', () => {
    expect(remainingLifetimeMs(anEntry({ staleUntil: NOW + 0.5 }), NOW)).toBe(0);
    expect(remainingLifetimeMs(anEntry({ staleUntil: NOW - 5 }), NOW)).toBe(0);
    expect(remainingLifetimeMs(anEntry({ staleUntil: NOW + 1500.7 }), NOW)).toBe(1500);
  });
});

describe('lifetime of an outcome', () => {
  const lifetimes = { successMs: 3, transientFailureMs: 2, lastingFailureMs: 1 };

  test('a success has the default', () => {
    expect(lifetimeMs(anEntry().outcome, lifetimes)).toBe(3);
  });

  test.each([
    ['unreachable', aFailure({ code: 'EUNREACHABLE' })],
    ['slow', aFailure({ code: 'EORIGINTIMEOUT' })],
    ['500', aFailure({ code: 'EORIGINSTATUS', statusCode: 500 })],
    ['429', aFailure({ code: 'EORIGINSTATUS', statusCode: 429 })],
  ])('%s may well pass', (_what, failure) => {
    expect(lifetimeMs(failure, lifetimes)).toBe(2);
  });

  test.each([
    ['404', aFailure({ code: 'ENOTFOUND', statusCode: 404 })],
    ['403', aFailure({ code: 'EORIGINSTATUS', statusCode: 403 })],
    ['no page', aFailure({ code: 'ENOTPREVIEWABLE', statusCode: 200 })],
    ['a forbidden address', aFailure({ code: 'EFORBIDDENURL' })],
  ])('%s will last', (_what, failure) => {
    expect(lifetimeMs(failure, lifetimes)).toBe(1);
  });
});

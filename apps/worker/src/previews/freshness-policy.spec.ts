import { describe, expect, test } from '@jest/globals';
import { aFailure, anEntry } from '../../../../test/support/builders.js';
import { NO_MEMORY, type PreviewEntry, type ScrapeMemory } from '#libs/preview';
import {
  DEFAULT_POLICY,
  type FreshnessPolicy,
  pauseAfter,
  type Renewal,
  renewal,
} from './freshness-policy.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const policy = DEFAULT_POLICY;

/** A key in the middle, which jitter leaves where it is. */
const KEY = '7fffffff-0000-0000-0000-000000000000';
const found = { key: KEY, contentHash: 'one', validators: null };

const visit = (
  hash: string,
  { memory = NO_MEMORY, now = NOW, host, ...given }: Partial<Visit> & Partial<FreshnessPolicy> = {},
): Renewal => renewal({ ...found, contentHash: hash }, memory, host, now, { ...policy, ...given });

interface Visit {
  readonly memory: ScrapeMemory;
  readonly now: number;
  readonly host: readonly number[];
}

/** So many visits to a page, one each `interval`; what it says at each is its hash. */
function visits(hashes: readonly string[], interval: number, given: Partial<FreshnessPolicy> = {}): Renewal {
  return hashes.slice(1).reduce(
    ({ memory, lifetime, hostWeights }, hash) =>
      visit(hash, {
        memory,
        now: lifetime.fetchedAt + interval,
        ...(hostWeights && { host: hostWeights }),
        ...given,
      }),
    visit(hashes[0]!, given),
  );
}

const lifeOf = ({ lifetime }: Renewal) => lifetime.freshUntil - lifetime.fetchedAt;
const graceOf = ({ lifetime }: Renewal) => lifetime.staleUntil - lifetime.freshUntil;

describe('after a first visit', () => {
  test('the page is remembered, and nothing is learned yet: there is nothing to compare', () => {
    const validators = { url: 'https://example.com/', etag: '"1"', lastModified: null };
    const first = renewal({ ...found, validators }, { ...NO_MEMORY, failures: 4 }, undefined, NOW, policy);
    expect(first.memory).toEqual({
      validators,
      contentHash: 'one',
      comparedAt: NOW,
      comparisons: 0,
      changeEvidence: [],
      failures: 0,
    });
    expect(first.hostWeights).toBeUndefined();
    expect(first.lifetime.fetchedAt).toBe(NOW);
  });

  test('it lives no longer than the default, however calm its host is', () => {
    const calmHost = Array.from({ length: 32 }, (_, index) => (index === 31 ? 1_000 : 0.001));
    expect(lifeOf(visit('one', { host: calmHost }))).toBe(DAY);
    expect(lifeOf(visit('one', { host: calmHost, ttlDefaultMs: HOUR }))).toBe(HOUR);
  });

  test('it lives as long as the shortest lifetime, where the default is shorter', () => {
    expect(lifeOf(visit('one', { ttlDefaultMs: MINUTE }))).toBe(5 * MINUTE);
  });

  test('a busy host makes its life short', () => {
    const busyHost = Array.from({ length: 32 }, (_, index) => (index === 0 ? 1_000 : 0.001));
    expect(lifeOf(visit('one', { host: busyHost }))).toBe(5 * MINUTE);
  });
});

describe('after a later visit', () => {
  const first = visit('one');
  const later = { memory: first.memory, now: NOW + 6 * HOUR };

  test('what is found is compared, counted, and told to the host', () => {
    const second = visit('two', later);
    expect(second.memory).toMatchObject({ contentHash: 'two', comparedAt: NOW + 6 * HOUR, comparisons: 1 });
    expect(second.memory.changeEvidence).toHaveLength(32);
    expect(second.hostWeights).toHaveLength(32);
  });

  test('a page that is the same lives longer, one that changed shorter', () => {
    expect(lifeOf(visit('one', later))).toBeGreaterThan(lifeOf(first));
    expect(lifeOf(visit('two', later))).toBeLessThan(lifeOf(first));
  });

  test('a page that stays the same comes to live for days, one that always changes for minutes', () => {
    expect(lifeOf(visits(Array<string>(15).fill('one'), 5 * DAY))).toBeGreaterThan(3 * DAY);
    const restless = Array.from({ length: 15 }, (_, index) => String(index));
    expect(lifeOf(visits(restless, 10 * MINUTE))).toBe(5 * MINUTE);
    expect(lifeOf(visits(Array<string>(15).fill('one'), 5 * DAY, { ttlMaxMs: DAY }))).toBe(DAY);
  });

  test('a page whose clock went back is no younger for it', () => {
    const back = visit('one', { memory: first.memory, now: NOW - HOUR });
    expect(lifeOf(back)).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(back.lifetime.fetchedAt).toBe(NOW - HOUR);
  });

  test('a life is moved by a tenth at the most, by the key', () => {
    const life = (key: string) =>
      lifeOf(renewal({ ...found, key }, NO_MEMORY, undefined, NOW, policy)) / lifeOf(first);
    expect(life(KEY.replace(/^.{8}/, '00000000'))).toBeCloseTo(0.9);
    expect(life(KEY.replace(/^.{8}/, 'ffffffff'))).toBeCloseTo(1.1);
  });

  test('the grace is as long as the life, up to its bound', () => {
    expect(graceOf(first)).toBe(lifeOf(first));
    expect(graceOf(visit('one', { staleWhileRevalidateMs: MINUTE }))).toBe(MINUTE);
    expect(graceOf(visit('one', { staleWhileRevalidateMs: 0 }))).toBe(0);
  });
});

describe('after a failure', () => {
  const held = anEntry({ fetchedAt: NOW - 2 * DAY, freshUntil: NOW - DAY, staleUntil: NOW });
  const fail = (entry: PreviewEntry | undefined, now: number, count = 1) =>
    pauseAfter(aFailure(), count, entry, now, policy);

  test('of a page that was never seen the failure lives for its pause alone', () => {
    const rest = { fetchedAt: NOW, freshUntil: NOW + MINUTE, staleUntil: NOW + MINUTE };
    expect(fail(undefined, NOW)).toEqual(rest);
    expect(fail(anEntry({ preview: null, outcome: aFailure(), fetchedAt: NOW - DAY }), NOW)).toEqual(rest);
  });

  test('a preview from before is as old as it was, and lives on from the end of its life', () => {
    expect(fail(held, NOW)).toEqual({
      fetchedAt: NOW - 2 * DAY,
      freshUntil: NOW + MINUTE,
      staleUntil: NOW - DAY + 7 * DAY,
    });
  });

  test('those that follow lengthen the pause, and not the grace', () => {
    let entry: PreviewEntry = held;
    const pauses: number[] = [];
    for (let count = 1; count <= 4; count += 1) {
      const now = NOW + count * HOUR;
      entry = { ...entry, outcome: aFailure(), ...fail(entry, now, count) };
      pauses.push(entry.freshUntil - now);
      expect([entry.fetchedAt, entry.staleUntil]).toEqual([NOW - 2 * DAY, NOW + 6 * DAY]);
    }
    expect(pauses).toEqual([MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]);
  });

  test('a success ends it: the next failure starts a grace of its own', () => {
    const { lifetime } = visit('one', { now: NOW + HOUR });
    const renewed = anEntry(lifetime);
    expect(fail(renewed, NOW + 2 * DAY).staleUntil).toBe(lifetime.freshUntil + 7 * DAY);
  });
});

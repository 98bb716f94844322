import { describe, expect, test } from '@jest/globals';
import { ChangingPage, seededRandom } from '../../../bench/src/content-change.js';
import {
  beliefOf,
  CHANGE_INTERVALS_MS,
  type ChangeEvidence,
  hostAfterCheck,
  newHost,
  type RateWeights,
  withCheck,
} from './change-rate.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Checks a page after each of the intervals (ms). */
function evidenceOf(page: ChangingPage, intervals: readonly number[]): ChangeEvidence {
  let evidence: ChangeEvidence = [];
  let now = 0;
  let seen = page.versionAt(now);
  for (const interval of intervals) {
    now += interval;
    const version = page.versionAt(now);
    evidence = withCheck(evidence, interval, version !== seen);
    seen = version;
  }
  return evidence;
}

/** The middle of what is believed, as a mean interval between changes (ms). */
function believedMs(belief: RateWeights): number {
  const logs = CHANGE_INTERVALS_MS.map((meanMs, index) => Math.log(meanMs) * belief[index]!);
  return Math.exp(logs.reduce((sum, log) => sum + log, 0));
}

/** Irregular intervals around `ms`: from a fifth of it to five times as long. */
const irregular = (ms: number, count: number, seed: string) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ms * 5 ** (2 * random() - 1));
};

const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const share = (all: readonly boolean[]) => all.filter(Boolean).length / all.length;

describe('what is believed of a page', () => {
  const pagesThatChangeEvery = (meanMs: number) =>
    Array.from({ length: 60 }, (_, index) => new ChangingPage(`page ${index} of ${meanMs}`, meanMs));

  test.each([
    ['20 minutes', 20 * MINUTE],
    ['an hour', HOUR],
    ['a day', DAY],
    ['two weeks', 14 * DAY],
  ])('comes to be its rate, whatever the intervals of the checks: %s', (_what, meanMs) => {
    const believed = pagesThatChangeEvery(meanMs).map((page, index) =>
      believedMs(beliefOf(evidenceOf(page, irregular(meanMs, 60, `checks ${index}`)), newHost())),
    );
    expect(geometricMean(believed) / meanMs).toBeGreaterThan(0.8);
    expect(geometricMean(believed) / meanMs).toBeLessThan(1.25);
    expect(share(believed.map((ms) => ms > meanMs / 2 && ms < meanMs * 2))).toBeGreaterThan(0.9);
  });

  test('is not misled by checks that are all too rare to count the changes', () => {
    const believed = pagesThatChangeEvery(HOUR).map((page, index) =>
      believedMs(beliefOf(evidenceOf(page, irregular(2 * HOUR, 60, `checks ${index}`)), newHost())),
    );
    // Changes seen per time: at the most one a check, and so far fewer than there are.
    expect(geometricMean(believed) / HOUR).toBeGreaterThan(0.75);
    expect(geometricMean(believed) / HOUR).toBeLessThan(1.33);
  });

  test('after one check has the exact likelihood of each rate', () => {
    const likelihood = (changed: boolean) => {
      const belief = beliefOf(withCheck([], HOUR, changed), newHost());
      return belief.map((weight) => weight / belief.at(-1)!);
    };
    const unchanged = CHANGE_INTERVALS_MS.map((meanMs) => Math.exp(-HOUR / meanMs));
    const changed = unchanged.map((still) => 1 - still);
    const relative = (all: readonly number[]) => all.map((one) => expect.closeTo(one / all.at(-1)!, 6));
    expect(likelihood(false)).toEqual(relative(unchanged));
    expect(likelihood(true)).toEqual(relative(changed));
  });

  test('follows a page that changes its ways', () => {
    const busy = evidenceOf(new ChangingPage('busy', 20 * MINUTE), irregular(20 * MINUTE, 200, 'busy'));
    const calm = Array.from({ length: 60 }, () => DAY).reduce<ChangeEvidence>(
      (evidence, interval) => withCheck(evidence, interval, false),
      busy,
    );
    expect(believedMs(beliefOf(busy, newHost()))).toBeLessThan(HOUR);
    expect(believedMs(beliefOf(calm, newHost()))).toBeGreaterThan(5 * DAY);
  });

  test.each([0, -HOUR])('outlives an interval of %i ms, as clocks jump', (interval) => {
    for (const changed of [true, false]) {
      const belief = beliefOf(withCheck([], interval, changed), newHost());
      expect(belief.every((weight) => weight >= 0)).toBe(true);
      expect(belief.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1);
    }
  });

  test('stays sure of itself after ten thousand checks', () => {
    const intervals = Array.from({ length: 10_000 }, () => 10 * HOUR);
    const belief = beliefOf(evidenceOf(new ChangingPage('page', 10 * HOUR), intervals), newHost());
    expect(belief.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1);
  });
});

describe('the experience with a host', () => {
  /** A host on which so many pages were seen to change within a minute of each other. */
  const busyHost = (pages: number) => {
    let host = newHost();
    for (let index = 0; index < pages; index += 1) {
      let evidence: ChangeEvidence = [];
      for (let comparisons = 1; comparisons <= 5; comparisons += 1) {
        evidence = withCheck(evidence, 10 * MINUTE, true);
        host = hostAfterCheck(host, beliefOf(evidence, host), comparisons);
      }
    }
    return host;
  };

  test('is none to begin with: every rate is as likely', () => {
    const belief = beliefOf([], newHost());
    for (const weight of belief) expect(weight).toBeCloseTo(1 / CHANGE_INTERVALS_MS.length);
  });

  test('is what a new page of it is believed to do, the more the more pages were seen', () => {
    const [unknown, one, many] = [0, 1, 50].map((pages) => believedMs(beliefOf([], busyHost(pages))));
    expect(one).toBeLessThan(unknown!);
    expect(many).toBeLessThan(one! / 2);
  });

  test('gives way to what a page shows of itself', () => {
    const calm = Array.from({ length: 20 }, () => 2 * DAY).reduce<ChangeEvidence>(
      (evidence, interval) => withCheck(evidence, interval, false),
      [],
    );
    expect(believedMs(beliefOf(calm, busyHost(50)))).toBeGreaterThan(5 * DAY);
  });

  test('is not made by the one page that is checked most', () => {
    const fast = beliefOf(withCheck([], MINUTE, true), newHost());
    const total = (host: RateWeights) => host.reduce((sum, weight) => sum + weight, 0);
    let host = newHost();
    for (let comparisons = 1; comparisons <= 100; comparisons += 1)
      host = hostAfterCheck(host, fast, comparisons);
    expect(total(host) - total(newHost())).toBeLessThan(6); // 1 + 1/2 + … + 1/100
  });

  test('forgets: its weight is bounded, however many pages it has', () => {
    const belief = beliefOf([], newHost());
    let host = newHost();
    for (let pages = 0; pages < 20_000; pages += 1) host = hostAfterCheck(host, belief, 1);
    expect(host.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(1_001);
  });
});

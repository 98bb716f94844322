import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '../../../bench/src/content-change.js';
import { WarmBudget } from './warm-budget.js';

/** Most fetches by which the promise may be overdrawn. */
const BURST = 50;

/** More than any threshold. */
const CERTAIN = 4;

interface Counted {
  aside: number;
  fetches: number;
}

/** Copies that expire one after another, each read in its next period or not, with a probability that is drawn anew. */
function serve(
  budget: WarmBudget,
  expiries: number,
  probabilityOf: (random: () => number) => number,
  costOf: (random: () => number) => number = () => 1,
  seed = 'expiries',
): Counted {
  const random = seededRandom(seed);
  const counted = { aside: 0, fetches: 0 };
  for (let expiry = 0; expiry < expiries; expiry += 1) {
    const [probability, cost] = [probabilityOf(random), costOf(random)];
    const warm = budget.admits(probability / cost, cost);
    const wasRead = random() < probability;
    if (wasRead) {
      counted.aside += cost;
      budget.countAside(cost);
    }
    if (warm || wasRead) {
      counted.fetches += cost;
      budget.countFetch(cost);
    }
  }
  return counted;
}

const evenly = (random: () => number) => random();

const shares = fc.double({ min: 0.001, max: 2, noNaN: true });

describe('the promise', () => {
  const steps = fc.array(
    fc.record({
      aside: fc.boolean(),
      cost: fc.constantFrom(0.25, 1),
      score: fc.double({ min: 0, max: CERTAIN, noNaN: true }),
      tries: fc.integer({ min: 0, max: 40 }),
    }),
    { maxLength: 60 },
  );

  test('is overdrawn by 50 fetches at the most, whatever is admitted', () => {
    fc.assert(
      fc.property(shares, steps, (share, taken) => {
        const budget = new WarmBudget(share);
        const counted = { aside: 0, fetches: 0 };
        for (const { aside, cost, score, tries } of taken) {
          if (aside) {
            budget.countAside(cost);
            counted.aside += cost;
          }
          for (let attempt = 0; attempt < tries; attempt += 1) {
            if (!budget.admits(score, cost)) continue;
            budget.countFetch(cost);
            counted.fetches += cost;
          }
          expect(counted.fetches).toBeLessThanOrEqual((1 + share) * counted.aside + BURST + 1e-9);
        }
      }),
    );
  });

  test('lets 50 fetches be spent before there was a read, and then none', () => {
    const budget = new WarmBudget(0.1);
    let admitted = 0;
    for (; admitted < 1_000 && budget.admits(CERTAIN, 1); admitted += 1) budget.countFetch(1);
    expect(admitted).toBe(BURST);
    budget.countAside(1);
    expect(budget.admits(CERTAIN, 1)).toBe(true);
    budget.countFetch(1);
    expect(budget.admits(CERTAIN, 1)).toBe(false);
    expect(budget.admits(CERTAIN, 0.25)).toBe(false);
    expect(budget.admits(CERTAIN, 0.1)).toBe(true);
  });

  test("is as far as it was after first visits, which are nobody's choice", () => {
    const budget = new WarmBudget(0.1);
    budget.countFirst(1);
    expect(budget.load).toBe(1);
    expect(budget.slack()).toBeCloseTo(0.1);
    expect(budget.store()).toMatchObject({ asideFetches: 1, fetches: 1 });

    const { level } = budget.store();
    budget.countFirst(1_000); // many at once, as a round finds them
    expect(budget.load).toBe(1);
    expect(budget.store().level).toBeCloseTo(level - 1.5, 1); // a tenth of them may be spent, and nothing is owed
  });

  test('asks for no more after many first visits at once than after one by one', () => {
    const [atOnce, oneByOne] = [new WarmBudget(0.1), new WarmBudget(0.1)];
    atOnce.countFirst(200);
    for (let visit = 0; visit < 200; visit += 1) oneByOne.countFirst(1);
    expect(atOnce.threshold).toBeCloseTo(oneByOne.threshold, 6);
  });

  test('of no extra load admits nothing, and no score reaches its threshold', () => {
    const budget = new WarmBudget(0);
    const refused = () => {
      expect(budget.admits(CERTAIN, 0.25)).toBe(false);
      expect(budget.threshold).toBe(Infinity);
    };
    refused();
    for (let fetch = 0; fetch < 100; fetch += 1) budget.countAside(1);
    refused();
    for (let fetch = 0; fetch < 200; fetch += 1) budget.countFetch(1);
    refused();
  });
});

describe('the load', () => {
  test('is that of cache-aside before anything was fetched', () => {
    expect(new WarmBudget(0.1).load).toBe(1);
  });

  test('is what was fetched, relative to what cache-aside would have been', () => {
    const budget = new WarmBudget(0.1);
    const { aside, fetches } = serve(budget, 500, evenly);
    expect(budget.load).toBeCloseTo(fetches / aside, 12);
    expect(budget.slack()).toBeCloseTo(1.1 * aside - fetches, 9);
    expect(budget.slack(0.5)).toBeCloseTo(1.05 * aside - fetches, 9);
  });

  test.each([0.02, 0.05, 0.1, 0.25, 0.5])('comes to within 2 %% of a budget of %d more', (share) => {
    const { aside, fetches } = serve(new WarmBudget(share), 60_000, evenly);
    expect(fetches / aside).toBeGreaterThan((1 + share) * 0.98);
    expect(fetches / aside).toBeLessThanOrEqual(1 + share);
  });

  test.each([
    ['are seldom read', (random: () => number) => random() ** 3],
    ['are mostly read', (random: () => number) => random() ** 0.3],
  ])('does so with pages that %s', (_, probabilityOf) => {
    const { aside, fetches } = serve(new WarmBudget(0.1), 20_000, probabilityOf);
    expect(fetches / aside).toBeGreaterThan(1.1 * 0.98);
    expect(fetches / aside).toBeLessThanOrEqual(1.1);
  });

  test('does so with conditional requests among the pages', () => {
    const mixed = (random: () => number) => (random() < 0.3 ? 0.25 : 1);
    const { aside, fetches } = serve(new WarmBudget(0.1), 20_000, evenly, mixed);
    expect(fetches / aside).toBeGreaterThan(1.1 * 0.98);
    expect(fetches / aside).toBeLessThanOrEqual(1.1 + BURST / aside);
  });

  test('is brought back when demand becomes another', () => {
    const budget = new WarmBudget(0.1);
    serve(budget, 10_000, (random) => random() ** 0.3);
    serve(budget, 10_000, (random) => random() ** 4);
    expect(budget.load).toBeGreaterThan(1.1 * 0.98);
    expect(budget.load).toBeLessThanOrEqual(1.1);
  });

  test('of what is not worth warming stays low: the budget is not used up for its own sake', () => {
    const { aside, fetches } = serve(new WarmBudget(0.5), 20_000, (random) => 0.04 * random());
    expect(fetches).toBe(aside);
  });
});

describe('the threshold', () => {
  test('begins high, rises with what is overdrawn, and falls with what is left', () => {
    const thresholdAfter = (aside: number, fetches: number) => {
      const budget = new WarmBudget(0.1);
      budget.countAside(aside);
      budget.countFetch(fetches);
      return budget.threshold;
    };
    expect(new WarmBudget(0.1).threshold).toBeCloseTo(0.88, 2);
    const thresholds = [90, 100, 110, 120, 130].map((fetches) => thresholdAfter(100, fetches));
    expect(thresholds).toEqual(thresholds.toSorted((one, other) => one - other));
    expect(new Set(thresholds).size).toBe(5);
  });

  test('lies between 0.05 and 1, however long a state lasts', () => {
    const [rich, poor] = [new WarmBudget(0.1), new WarmBudget(0.1)];
    for (let fetch = 0; fetch < 5_000; fetch += 1) {
      rich.countAside(1);
      poor.countAside(1);
      poor.countFetch(2);
    }
    expect(rich.threshold).toBe(0.05);
    expect(poor.threshold).toBeGreaterThan(0.99);
    expect(poor.threshold).toBeLessThanOrEqual(1);
    expect([rich.store().level, poor.store().level]).toEqual([-3, 5]);
  });

  test('is reached by a score that is equal to it', () => {
    const budget = new WarmBudget(0.1);
    expect(budget.admits(budget.threshold, 1)).toBe(true);
    expect(budget.admits(budget.threshold - 1e-9, 1)).toBe(false);
  });
});

test('a warm that came to nothing is given back', () => {
  const budget = new WarmBudget(0.1);
  for (let fetch = 0; fetch < BURST; fetch += 1) budget.countFetch(1);
  expect(budget.admits(CERTAIN, 1)).toBe(false);
  budget.countFetch(-1);
  expect(budget.admits(CERTAIN, 1)).toBe(true);
  expect(budget.slack()).toBe(1 - BURST);
});

describe('a stored budget', () => {
  test('goes on as if nothing had been, after a round trip through JSON', () => {
    const budget = new WarmBudget(0.1);
    serve(budget, 3_000, evenly);
    const restored = WarmBudget.from(0.1, JSON.parse(JSON.stringify(budget.store())));
    expect(restored.threshold).toBe(budget.threshold);
    const onward = (one: WarmBudget) => serve(one, 3_000, evenly, undefined, 'later');
    expect(onward(restored)).toEqual(onward(budget));
    expect(restored.store()).toEqual(budget.store());
  });

  test("isn't changed by the budget that goes on", () => {
    const budget = new WarmBudget(0.1);
    const stored = budget.store();
    budget.countFetch(1);
    expect(stored.fetches).toBe(0);
  });

  test('says what was allowed, and goes by what is allowed now', () => {
    const before = new WarmBudget(0.1).store();
    expect(before.share).toBe(0.1);
    expect(WarmBudget.from(0.2, before).store().share).toBe(0.2);
    expect(WarmBudget.from(0, before).threshold).toBe(Infinity);
  });

  const stored = new WarmBudget(0.1).store();
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['without a count', { ...stored, fetches: undefined }],
    ['with one that JSON could not hold', { ...stored, asideFetches: null }],
    ['with a level that is text', { ...stored, level: '2' }],
    ['without a share', { ...stored, share: undefined }],
    ['with a share that is text', { ...stored, share: '10%' }],
  ])('is refused if it is %s', (_, broken) => {
    expect(() => WarmBudget.from(0.1, broken)).toThrow('the stored budget is broken');
  });
});

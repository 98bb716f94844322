import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '../../../bench/src/content-change.js';
import { WarmBudget, type WarmOffer } from './warm-budget.js';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 1);

/** A copy that is expected to be read so often in a lifetime of five minutes. */
function anOffer(reads: number, cost = 1): WarmOffer {
  return {
    score: reads / cost,
    cost,
    ttlMs: 300_000,
    saves: (cost * reads) / (1 + reads),
    savesAfterMs: 300_000 / reads,
    isRhythmic: false,
  };
}

/** A warm before a read that is this likely. */
function aRhythmicOffer(probability: number): WarmOffer {
  return {
    score: probability / (1 - probability),
    cost: 1,
    ttlMs: 300_000,
    saves: probability,
    savesAfterMs: 300_000,
    isRhythmic: true,
  };
}

interface Counted {
  aside: number;
  fetches: number;
}

interface Demand {
  /** Of a copy, how often it is read in a lifetime. */
  readonly readsOf: (random: () => number) => number;
  readonly costOf?: (random: () => number) => number;
  readonly everyMs?: number;
}

/** Copies that expire one after another; what is warmed saves a miss as often as the offer says. */
function serve(budget: WarmBudget, expiries: number, demand: Demand, from = START): Counted[] {
  const random = seededRandom(`expiries ${from}`);
  const hours = new Map<number, Counted>();
  for (let expiry = 0; expiry < expiries; expiry += 1) {
    const at = from + expiry * (demand.everyMs ?? 5_000);
    budget.advance(at);
    const offer = anOffer(demand.readsOf(random), demand.costOf?.(random));
    budget.consider([offer]);
    const counted = hours.get(Math.floor(at / HOUR)) ?? { aside: 0, fetches: 0 };
    hours.set(Math.floor(at / HOUR), counted);
    const warm = budget.admits(offer);
    const wasRead = random() < offer.saves / offer.cost;
    if (wasRead) {
      counted.aside += offer.cost;
      budget.countAside(offer.cost);
    }
    if (warm || wasRead) {
      counted.fetches += offer.cost;
      budget.countFetch(offer.cost);
    }
  }
  return [...hours.values()];
}

const sumOf = (hours: readonly Counted[]): Counted =>
  hours.reduce((sum, { aside, fetches }) => ({ aside: sum.aside + aside, fetches: sum.fetches + fetches }), {
    aside: 0,
    fetches: 0,
  });

const evenly: Demand = { readsOf: (random) => -Math.log1p(-0.999 * random()) };
const shares = fc.double({ min: 0.001, max: 2, noNaN: true });

describe('the promise', () => {
  const steps = fc.array(
    fc.record({
      aside: fc.boolean(),
      cost: fc.constantFrom(0.25, 1),
      reads: fc.double({ min: 0.01, max: 20, noNaN: true }),
      tries: fc.integer({ min: 0, max: 40 }),
      waitMs: fc.integer({ min: 0, max: HOUR }),
    }),
    { maxLength: 60 },
  );

  test('is overdrawn by one fetch or 0.4 % at the most, whatever is admitted', () => {
    fc.assert(
      fc.property(shares, steps, (share, taken) => {
        const budget = new WarmBudget(share);
        const counted = { aside: 0, fetches: 0 };
        let now = START;
        for (const { aside, cost, reads, tries, waitMs } of taken) {
          budget.advance((now += waitMs));
          if (aside) {
            budget.countAside(cost);
            counted.aside += cost;
          }
          const offer = anOffer(reads, cost);
          for (let attempt = 0; attempt < tries; attempt += 1) {
            budget.consider([offer]);
            if (!budget.admits(offer)) continue;
            budget.countFetch(cost);
            counted.fetches += cost;
          }
          const room = Math.max(1, 0.004 * counted.aside);
          expect(counted.fetches).toBeLessThanOrEqual((1 + share) * counted.aside + room + 1e-9);
        }
      }),
    );
  });

  test.each([0.02, 0.05, 0.1, 0.25, 0.5])('of %d more is kept, and used', (share) => {
    const { aside, fetches } = sumOf(serve(new WarmBudget(share), 60_000, evenly));
    expect(fetches / aside).toBeLessThanOrEqual(1 + share + 0.005);
    expect(fetches / aside).toBeGreaterThan((1 + share) * 0.98);
  });

  test.each([
    ['are seldom read', { readsOf: (random: () => number) => random() ** 3 }],
    ['are mostly read', { readsOf: (random: () => number) => 3 * random() }],
    [
      'are cheap to ask for, some of them',
      { ...evenly, costOf: (random: () => number) => (random() < 0.3 ? 0.25 : 1) },
    ],
  ])('is kept and used where pages %s', (_, demand: Demand) => {
    const { aside, fetches } = sumOf(serve(new WarmBudget(0.1), 30_000, demand));
    expect(fetches / aside).toBeLessThanOrEqual(1.105);
    expect(fetches / aside).toBeGreaterThan(1.1 * 0.98);
  });

  test('holds in each hour by itself: what a quiet day has left makes none hotter', () => {
    const budget = new WarmBudget(0.1);
    serve(budget, 17_280, { readsOf: () => 0.05, everyMs: 5_000 }); // a day in which nothing is worth it
    expect(budget.slack).toBeGreaterThan(20);
    const hours = serve(budget, 17_280, evenly, START + 24 * HOUR);
    for (const { aside, fetches } of hours) expect(fetches / aside).toBeLessThanOrEqual(1.15 + 1 / aside);
  });

  test('recovers at once from an outage in which every read was a fetch and none was counted', () => {
    const budget = new WarmBudget(0.1);
    serve(budget, 5_000, evenly);
    for (let fetch = 0; fetch < 100; fetch += 1) budget.countFetch(1);
    const during = sumOf(serve(budget, 4_320, evenly, START + 7 * HOUR));
    expect(during.fetches / during.aside).toBeLessThan(1.1);
    const after = sumOf(serve(budget, 17_280, evenly, START + 24 * HOUR));
    expect(after.fetches / after.aside).toBeGreaterThan(1.08);
  });

  test('of no extra load admits nothing, and no score reaches its threshold', () => {
    const budget = new WarmBudget(0);
    const { aside, fetches } = sumOf(serve(budget, 1_000, evenly));
    expect(fetches).toBe(aside);
    expect(budget.threshold).toBe(Infinity);
  });

  test('is not used up for its own sake: what is hardly read is left alone', () => {
    const { aside, fetches } = sumOf(
      serve(new WarmBudget(0.5), 20_000, { readsOf: (random) => 0.19 * random() }),
    );
    expect(fetches).toBe(aside);
  });
});

describe("first visits, which are nobody's choice", () => {
  test('leave the promise as it was', () => {
    const budget = new WarmBudget(0.1);
    budget.countFirst(1);
    expect([budget.load, budget.slack]).toEqual([1, expect.closeTo(0.1)]);
  });
});

describe('the threshold', () => {
  /** After 1,000 copies like those of `evenly`, with so much fetched on top. */
  function thresholdAfter(extra: number, share = 0.1): number {
    const budget = new WarmBudget(share);
    serve(budget, 1_000, evenly);
    budget.countFetch(extra);
    budget.consider([]);
    return budget.threshold;
  }

  test('is a guess before there were candidates, and then what the budget pays for', () => {
    expect(new WarmBudget(0.1).threshold).toBe(2);
    expect(thresholdAfter(0, 0.02)).toBeGreaterThan(thresholdAfter(0, 0.1));
    expect(thresholdAfter(0, 0.1)).toBeGreaterThan(thresholdAfter(0, 0.5));
  });

  test('rises with what is overdrawn', () => {
    const thresholds = [0, 5, 10, 15].map((extra) => thresholdAfter(extra));
    expect(thresholds).toEqual(thresholds.toSorted((one, other) => one - other));
    expect(thresholds[3]).toBeGreaterThan(thresholds[0]!);
  });

  test('rises above what a page can reach that costs a quarter, and is certain', () => {
    const budget = new WarmBudget(0.05);
    serve(budget, 5_000, { readsOf: () => 5, costOf: () => 0.25 });
    expect(budget.threshold).toBeGreaterThan(4);
  });

  test.each([
    ['what is worth a fetch', 2, 0.2],
    ['what is likely, of a tenth more', 0.1, 0.45],
    ['what is nearly sure, of a little more', 0.03, 1.5],
    ['the same, of next to nothing more', 0.001, 1.5],
  ])('is never below %s', (_what, share, lowest) => {
    const budget = new WarmBudget(share);
    serve(budget, 5_000, { readsOf: () => 0.01 });
    expect(budget.threshold).toBeCloseTo(lowest);
  });
});

describe('warms before reads that come all at once', () => {
  /** An hour of the morning, in which a hundred keys are about to be read. */
  function aMorning(): WarmBudget {
    const budget = new WarmBudget(0.1);
    serve(budget, 1_800, evenly);
    return budget;
  }

  test('are admitted by what they save, and not one by one as it comes back', () => {
    const budget = aMorning();
    let admitted = 0;
    for (let key = 0; key < 100; key += 1) {
      const offer = aRhythmicOffer(0.9);
      if (!budget.admits(offer)) continue;
      budget.commit(offer);
      admitted += 1;
    }
    expect(admitted).toBe(100);
  });

  test('end where they would cost more than the hour has', () => {
    const budget = aMorning();
    let admitted = 0;
    for (let key = 0; key < 1_000; key += 1) {
      const offer = aRhythmicOffer(0.7);
      if (!budget.admits(offer)) continue;
      budget.commit(offer);
      admitted += 1;
    }
    expect(admitted).toBeGreaterThanOrEqual(5);
    expect(admitted).toBeLessThan(100);
  });

  test('have room kept for them in their hour, until they are decided upon', () => {
    const [plain, booked] = [aMorning(), aMorning()];
    for (let key = 0; key < 100; key += 1) booked.book(START + 3 * HOUR, aRhythmicOffer(0.7));
    for (const budget of [plain, booked]) budget.advance(START + 3 * HOUR);
    for (const budget of [plain, booked]) for (let read = 0; read < 20; read += 1) budget.countFirst(1);
    const common = anOffer(2.5);
    expect([plain.admits(common), booked.admits(common)]).toEqual([true, false]);
    for (let key = 0; key < 100; key += 1) booked.book(START + 3 * HOUR, aRhythmicOffer(0.7), true);
    expect(booked.admits(common)).toBe(true);
  });
});

describe('a stored budget', () => {
  test('goes on as if nothing had been, after a round trip through JSON', () => {
    const budget = new WarmBudget(0.1);
    serve(budget, 3_000, evenly);
    budget.commit(aRhythmicOffer(0.9));
    budget.reserve(-1);
    const restored = WarmBudget.from(0.1, JSON.parse(JSON.stringify(budget.store())));
    expect(restored.store()).toEqual(budget.store());
    const onward = (one: WarmBudget) => sumOf(serve(one, 3_000, evenly, START + 5 * HOUR));
    const [ahead, behind] = [onward(restored), onward(budget)];
    expect(ahead.aside).toBe(behind.aside);
    expect(Math.abs(ahead.fetches - behind.fetches)).toBeLessThan(5); // figures are stored to four digits
  });

  test('remembers as long as one that was never stored, though it is after every look', () => {
    const whole = new WarmBudget(0.1);
    let stored = new WarmBudget(0.1);
    for (let look = 0; look < 200; look += 1) {
      stored = WarmBudget.from(0.1, JSON.parse(JSON.stringify(stored.store())));
      for (const budget of [whole, stored]) {
        budget.advance(START + 10_000 * look);
        budget.consider([anOffer(1)]);
      }
    }
    expect(whole.store().perLifetime).toBeLessThan(40); // a lifetime has thirty looks
    expect(stored.store().perLifetime).toBeCloseTo(whole.store().perLifetime, 1);
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
    ['with a time that is text', { ...stored, at: 'noon' }],
    ['without scores', { ...stored, scores: undefined }],
    ['without returns', { ...stored, returns: undefined }],
    ['with bookings of another form', { ...stored, booked: [[1]] }],
    ['without a share', { ...stored, share: undefined }],
  ])('is refused if it is %s', (_, broken) => {
    expect(() => WarmBudget.from(0.1, broken)).toThrow('broken');
  });
});

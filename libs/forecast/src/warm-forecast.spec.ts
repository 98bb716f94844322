import { describe, expect, test } from '@jest/globals';
import { type DemandState, type KeyReads, withReads } from './demand-state.js';
import { WarmBudget } from './warm-budget.js';
import { CONDITIONAL_COST, type WarmCandidate, WarmForecast } from './warm-forecast.js';
import type { WarmPeriod } from './warm-period.js';

const MINUTE = 60_000;
const TTL = 5 * MINUTE;
const NOON = Date.UTC(2024, 0, 1, 12);
const A_PAGE = { dueAt: NOON + TTL, ttlMs: TTL, cost: 1 };

const readAt = (firstAt: number, lastAt = firstAt): KeyReads => ({ reads: 1, firstAt, lastAt });

/** Demand of a key that was read once in so many minutes, until noon. */
function readEvery(minutes: number, reads = 100): DemandState {
  let state: DemandState | undefined;
  for (let ago = reads - 1; ago >= 0; ago -= 1)
    state = withReads(state, readAt(NOON - ago * minutes * MINUTE));
  return state!;
}

const BUSY = readEvery(0.2);

const aPeriod = (period: Partial<WarmPeriod> = {}): WarmPeriod => ({
  from: NOON + MINUTE,
  until: NOON + MINUTE + TTL,
  warmed: false,
  ...period,
});

const aCandidate = (candidate: Partial<WarmCandidate> = {}): WarmCandidate => ({
  ...A_PAGE,
  dueAt: NOON,
  demand: BUSY,
  ...candidate,
});

/** A forecast in the midst of traffic: any key was read at noon. */
function aForecast(share = 0.1): WarmForecast {
  const forecast = new WarmForecast(new WarmBudget(share));
  forecast.countReads(undefined, readAt(NOON), undefined, undefined);
  forecast.budget.countFirst(500); // a tenth of which is fifty
  return forecast;
}

describe('reads', () => {
  test("are added to the key's demand", () => {
    const seen = { reads: 7, firstAt: NOON + 1, lastAt: NOON + 9 };
    expect(aForecast().countReads(BUSY, seen, undefined, undefined).demand).toEqual(withReads(BUSY, seen));
    expect(aForecast().countReads(undefined, seen, undefined, undefined).demand).toEqual(
      withReads(undefined, seen),
    );
  });

  test('settle a period once, with what was known when it began', () => {
    const forecast = aForecast();
    const first = forecast.countReads(BUSY, readAt(NOON + 2 * MINUTE), aPeriod(), A_PAGE);
    expect(first.outcome).toBe('missed');
    const second = forecast.countReads(first.demand, readAt(NOON + 3 * MINUTE), aPeriod(), A_PAGE);
    expect(second.outcome).toBeUndefined();
    expect(forecast.settleUnread(second.demand, aPeriod())).toBeUndefined();
    expect(forecast.outcomes).toEqual({ used: 0, wasted: 0, skipped: 0, missed: 1 });
    expect(forecast.odds.settledPeriods).toBe(1);

    const before = aForecast().odds.probability(BUSY, aPeriod().from, TTL);
    const after = forecast.odds.probability(BUSY, aPeriod().from, TTL);
    expect(after).toBeGreaterThanOrEqual(before);
  });

  test.each([
    ['used', true, true],
    ['missed', false, true],
    ['wasted', true, false],
    ['skipped', false, false],
  ] as const)('or their absence make a period %s', (outcome, warmed, wasRead) => {
    const quiet = readEvery(4);
    const forecast = aForecast();
    const settled = wasRead
      ? forecast.countReads(quiet, readAt(NOON + 2 * MINUTE), aPeriod({ warmed }), A_PAGE).outcome
      : forecast.settleUnread(quiet, aPeriod({ warmed }));
    expect(settled).toBe(outcome);
    expect(forecast.outcomes[outcome]).toBe(1);
    expect(forecast.odds.settledPeriods).toBe(1);
    forecast.plan([], aPeriod().until);
    const before = aForecast().odds.probability(quiet, aPeriod().from, TTL);
    const after = forecast.odds.probability(quiet, aPeriod().from, TTL);
    expect(after > before).toBe(wasRead);
  });

  test('that come after a period neither settle it nor let it be settled', () => {
    const forecast = aForecast();
    const late = forecast.countReads(BUSY, readAt(aPeriod().until), aPeriod(), A_PAGE);
    expect(late.outcome).toBeUndefined();
    expect(forecast.settleUnread(late.demand, aPeriod())).toBeUndefined();
  });

  test('in the first moment of a period settle it', () => {
    const forecast = aForecast();
    const first = forecast.countReads(BUSY, readAt(aPeriod().from), aPeriod(), A_PAGE);
    expect(first.outcome).toBe('missed');
    expect(forecast.settleUnread(first.demand, aPeriod())).toBeUndefined();
  });

  test('from before a period leave it open', () => {
    const forecast = aForecast();
    const before = forecast.countReads(BUSY, readAt(aPeriod().from - 1), aPeriod(), A_PAGE);
    expect(before.outcome).toBeUndefined();
    expect(forecast.settleUnread(before.demand, aPeriod())).toBe('skipped');
  });

  test('settle a period of a key without demand, from which nothing can be learned', () => {
    const forecast = aForecast();
    expect(forecast.countReads(undefined, readAt(NOON + 2 * MINUTE), aPeriod(), A_PAGE).outcome).toBe(
      'missed',
    );
    expect(forecast.settleUnread(undefined, aPeriod())).toBe('skipped');
    expect(forecast.odds.settledPeriods).toBe(0);
  });
});

describe('the ghost of cache-aside', () => {
  /** What cache-aside would have fetched for these reads of a page, after the first visit at noon. */
  function asideOf(handedOver: readonly KeyReads[], copy = A_PAGE): number {
    const forecast = aForecast();
    let demand: DemandState | undefined;
    for (const seen of handedOver) ({ demand } = forecast.countReads(demand, seen, undefined, copy));
    return forecast.budget.store().asideFetches - 500;
  }

  test('lives on the first copy until that expires, and on its own from then on', () => {
    expect(asideOf([readAt(NOON)])).toBe(0);
    expect(asideOf([readAt(NOON), readAt(NOON + TTL - 1)])).toBe(0);
    expect(asideOf([readAt(NOON), readAt(NOON + TTL)])).toBe(1);
    expect(asideOf([readAt(NOON), readAt(NOON + TTL), readAt(NOON + 2 * TTL - 1)])).toBe(1);
    expect(asideOf([readAt(NOON), readAt(NOON + TTL), readAt(NOON + 2 * TTL)])).toBe(2);
  });

  test('does not mind that copies are renewed meanwhile', () => {
    const forecast = aForecast();
    const renewed = { ...A_PAGE, dueAt: A_PAGE.dueAt + TTL };
    const { demand } = forecast.countReads(undefined, readAt(NOON), undefined, A_PAGE);
    forecast.countReads(demand, readAt(NOON + TTL), undefined, renewed);
    expect(forecast.budget.store().asideFetches).toBe(501);
  });

  test('fetches twice within a window whose reads lie a lifetime apart', () => {
    expect(asideOf([readAt(NOON), readAt(NOON + TTL, NOON + 2 * TTL)])).toBe(2);
    expect(asideOf([readAt(NOON), readAt(NOON + TTL, NOON + 2 * TTL - 1)])).toBe(1);
    expect(asideOf([readAt(NOON, NOON + TTL)])).toBe(1);
  });

  test('counts what a fetch costs, and nothing for reads that come late', () => {
    const conditional = { ...A_PAGE, cost: CONDITIONAL_COST };
    expect(asideOf([readAt(NOON), readAt(NOON + TTL)], conditional)).toBe(CONDITIONAL_COST);
    expect(asideOf([readAt(NOON), readAt(NOON + TTL), readAt(NOON - 1)])).toBe(1);
  });

  test("doesn't count for a key without a copy", () => {
    const forecast = aForecast();
    const { demand } = forecast.countReads(undefined, readAt(NOON), undefined, undefined);
    expect(demand.asideUntil).toBe(0);
    expect(forecast.budget.store().asideFetches).toBe(500);
  });
});

describe('a plan', () => {
  test('warms what will surely be read, and sets its cost aside', () => {
    const forecast = aForecast();
    const slack = forecast.budget.slack;
    const [decision] = forecast.plan([aCandidate()], NOON);
    expect(decision).toMatchObject({ candidate: aCandidate(), warm: true });
    expect(decision!.probability).toBeCloseTo(forecast.odds.probability(BUSY, NOON, TTL), 9);
    expect(forecast.budget.slack).toBe(slack - 1);
    expect(forecast.budget.store().fetches).toBe(500); // it is counted when it is made
  });

  test('leaves what will hardly be read, and sets nothing aside', () => {
    const forecast = aForecast();
    const [decision] = forecast.plan([aCandidate({ demand: readEvery(60, 3) })], NOON);
    expect(decision!.warm).toBe(false);
    expect(forecast.budget.slack).toBe(aForecast().budget.slack);
  });

  test('decides by what was known when the copy expired', () => {
    const dueAt = NOON + MINUTE;
    const forecast = aForecast();
    const [decision] = forecast.plan([aCandidate({ dueAt })], NOON + 2 * MINUTE);
    expect(decision!.probability).toBe(forecast.odds.probability(BUSY, dueAt, TTL));
  });

  test('has nothing for keys without demand', () => {
    const [decision] = aForecast().plan([aCandidate({ demand: undefined })], NOON);
    expect(decision).toMatchObject({ probability: 0, score: 0, warm: false });
    expect(aForecast().plan([], NOON)).toEqual([]);
  });

  test('has the best first, whatever the order in which they come', () => {
    const candidates = [30, 1, 10, 3].map((minutes) => aCandidate({ demand: readEvery(minutes) }));
    const scores = aForecast()
      .plan(candidates, NOON)
      .map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    expect(new Set(scores).size).toBe(4);
  });

  test('has a cheap one before a dear one that is as likely read', () => {
    const [dear, cheap] = [aCandidate(), aCandidate({ cost: CONDITIONAL_COST })];
    const decisions = aForecast().plan([dear, cheap], NOON);
    expect(decisions.map(({ candidate }) => candidate)).toEqual([cheap, dear]);
    expect(decisions[0]!.probability).toBe(decisions[1]!.probability);
    expect(decisions[0]!.score).toBeCloseTo(4 * decisions[1]!.score, 9);
  });

  test('gives the best what the budget has left, and the others nothing', () => {
    const forecast = aForecast();
    forecast.budget.countFetch(51); // one is left of what may be overdrawn
    const [better, good] = [aCandidate({ demand: readEvery(0.5) }), aCandidate({ demand: readEvery(0.8) })];
    const decisions = forecast.plan([good, better], NOON);
    expect(decisions.map(({ candidate, warm }) => [candidate, warm])).toEqual([
      [better, true],
      [good, false],
    ]);
  });

  test('warms nothing within a budget of none', () => {
    expect(aForecast(0).plan([aCandidate()], NOON)[0]!.warm).toBe(false);
  });

  test.each([
    ['half a lifetime', TTL / 2, true],
    ['more than half a lifetime', TTL / 2 + 1, false],
  ])('%s after the last read of any key warms: %d ms, %s', (_, silentMs, warm) => {
    const [decision] = aForecast().plan([aCandidate()], NOON + silentMs);
    expect(decision!.warm).toBe(warm);
  });

  test('is broken off by silence for each lifetime by itself, and not by reads that come late', () => {
    const forecast = aForecast();
    forecast.countReads(undefined, readAt(NOON - TTL), undefined, undefined);
    const [short, long] = [aCandidate(), aCandidate({ ttlMs: 2 * TTL })];
    const decisions = forecast.plan([short, long], NOON + 0.6 * TTL);
    expect(decisions.find(({ candidate }) => candidate === short)!.warm).toBe(false);
    expect(decisions.find(({ candidate }) => candidate === long)!.warm).toBe(true);
  });

  test('warms nothing before there was any read', () => {
    const forecast = new WarmForecast(new WarmBudget(0.1));
    expect(forecast.plan([aCandidate()], NOON)[0]!.warm).toBe(false);
  });
});

describe('a stored forecast', () => {
  const throughJson = (forecast: WarmForecast, share = 0.1) =>
    WarmForecast.from(JSON.parse(JSON.stringify(forecast.store())), share);

  test('is the same after a round trip through JSON', () => {
    const forecast = aForecast();
    forecast.settleUnread(BUSY, aPeriod({ warmed: true }));
    forecast.countReads(BUSY, readAt(NOON + 2 * MINUTE), aPeriod(), A_PAGE);
    const restored = throughJson(forecast);
    expect(restored.store()).toEqual(forecast.store());
    expect(restored.outcomes).toEqual({ used: 0, wasted: 1, skipped: 0, missed: 1 });
    const candidates = [aCandidate(), aCandidate({ demand: readEvery(3) })];
    const plan = (one: WarmForecast) => one.plan(candidates, NOON + 3 * MINUTE).map(({ warm }) => warm);
    expect(plan(restored)).toEqual(plan(forecast));
  });

  test('of a service that was never read knows that it was silent', () => {
    const unread = new WarmForecast(new WarmBudget(0.1));
    unread.budget.countFirst(500);
    const restored = throughJson(unread);
    expect(restored.store()).toEqual(unread.store());
    expect(restored.plan([aCandidate()], NOON)[0]!.warm).toBe(false);
    restored.countReads(undefined, readAt(NOON), undefined, undefined);
    expect(restored.plan([aCandidate()], NOON)[0]!.warm).toBe(true);
  });

  test('takes its share from the settings, and not from what is stored', () => {
    expect(throughJson(aForecast(0.1), 0).plan([aCandidate()], NOON)[0]!.warm).toBe(false);
  });

  const stored = aForecast().store();
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['without odds', { ...stored, odds: undefined }],
    ['of odds of another version', { ...stored, odds: { ...stored.odds, version: 9 } }],
    ['without a budget', { ...stored, budget: undefined }],
    ['without outcomes', { ...stored, outcomes: undefined }],
    ['with an outcome that is no number', { ...stored, outcomes: { ...stored.outcomes, used: null } }],
    ['with a last read that is text', { ...stored, traffic: { ...stored.traffic, lastReadAt: 'noon' } }],
    ['without a calibration', { ...stored, calibration: undefined }],
    ['without a rhythm', { ...stored, rhythm: undefined }],
  ])('is refused if it is %s', (_, broken) => {
    expect(() => WarmForecast.from(broken, 0.1)).toThrow('broken');
  });
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LeasedLimit } from './leased-limit.js';
import type { Lease, LeaseRequest } from './token-bank.js';

const LIMIT = 1_000;
const MINUTE = 60_000;
const START = 1_800_000_000_000;

/** A bank in memory, for any number of gateways, that can be away or late. */
class FakeBank {
  gateways = 2;
  isAway = false;
  asked = 0;
  private readonly taken = new Map<string, number>();

  async lease({ caller, minute, limit, spent, wanted }: LeaseRequest): Promise<Lease | undefined> {
    this.asked += 1;
    await nextTurn();
    if (this.isAway) return undefined;
    const key = `${caller} ${minute}`;
    const before = (this.taken.get(key) ?? 0) + spent;
    const granted = Math.max(0, Math.min(wanted, limit - before));
    this.taken.set(key, before + granted);
    return { granted, taken: before + granted };
  }
}

let bank: FakeBank;
let gateways: readonly [LeasedLimit, LeasedLimit];

beforeEach(() => {
  bank = new FakeBank();
  gateways = [new LeasedLimit(LIMIT, 'key', bank), new LeasedLimit(LIMIT, 'key', bank)];
});

/** Requests one after the other, spread over gateways by `pick`. @returns how many were within the limit */
async function send(
  count: number,
  pick: (index: number) => number,
  now = START,
  caller = 'ada',
): Promise<number> {
  let within = 0;
  for (let index = 0; index < count; index += 1) {
    const { isWithin } = await gateways[pick(index) as 0 | 1].take(caller, now);
    within += Number(isWithin);
    if (index % 10 === 0) await nextTurn();
  }
  return within;
}

const inTurns = (index: number) => index % 2;
const first = () => 0;
const second = () => 1;

describe('a limit over two gateways', () => {
  test.each([
    ['spread evenly', inTurns],
    ['to one alone', first],
    ['to one, then to the other', (index: number) => Number(index >= 900)],
    ['mostly to one', (index: number) => Number(index % 10 === 0)],
  ])('lets through what it says, and at most a tenth more: %s', async (_how, pick) => {
    const within = await send(3_000, pick);
    expect(within).toBeGreaterThanOrEqual(0.9 * LIMIT);
    expect(within).toBeLessThanOrEqual(1.1 * LIMIT);
  });

  test('holds for all that come at once, too', async () => {
    const states = await Promise.all(
      Array.from({ length: 5_000 }, (_, index) => gateways[inTurns(index) as 0 | 1].take('ada', START)),
    );
    const within = states.filter(({ isWithin }) => isWithin).length;
    expect(within).toBeGreaterThanOrEqual(0.9 * LIMIT);
    expect(within).toBeLessThanOrEqual(1.1 * LIMIT);
  });

  test('holds for a gateway that hears of a caller when all is spent', async () => {
    await send(1_500, first);
    expect(await send(1_500, second)).toBeLessThanOrEqual(0.1 * LIMIT);
  });

  test('starts over with the minute, for each caller by himself', async () => {
    await send(1_500, inTurns);
    expect(await send(500, inTurns, START, 'bob')).toBe(500);
    expect(await send(500, inTurns, START + MINUTE)).toBe(500);
  });

  test('never lets one wait who comes at a usual pace', async () => {
    for (let index = 0; index < 900; index += 1) {
      expect(gateways[0].takeAtHand('ada', START)?.isWithin).toBe(true);
      if (index % 10 === 0) await nextTurn();
    }
  });

  test('tells what is left and when there is more', async () => {
    const states = [];
    for (let index = 0; index < 300; index += 1) states.push(await gateways[0].take('ada', START + 12_345));
    expect(states[0]).toEqual({
      isWithin: true,
      limit: LIMIT,
      remaining: LIMIT - 1,
      resetS: Math.floor(START / MINUTE) * 60 + 60,
    });
    expect(states[299]?.remaining).toBe(LIMIT - 300);
    await send(300, second);
    await send(200, first);
    const { remaining } = await gateways[0].take('ada', START);
    expect(remaining).toBeGreaterThan(100);
    expect(remaining).toBeLessThanOrEqual(199 + 50);
  });

  test('of one a minute lets one through, and says so to the next', async () => {
    const strict = new LeasedLimit(1, 'key', bank);
    expect(await strict.take('ada', START)).toMatchObject({ isWithin: true, remaining: 0 });
    expect(await strict.take('ada', START)).toMatchObject({ isWithin: false, remaining: 0 });
  });

  test('is not fooled by clocks that go back a little', async () => {
    await send(1_500, first, START + MINUTE);
    expect(await send(100, first, START + MINUTE - 1)).toBe(0);
  });
});

describe('while the bank is away', () => {
  test('each gateway lets through its share', async () => {
    bank.isAway = true;
    expect(await send(1_500, first)).toBe(500);
    expect(await send(1_500, second)).toBe(500);
  });

  test('a share is one at the least', async () => {
    bank.isAway = true;
    bank.gateways = 5_000;
    expect(await send(20, first)).toBe(1);
  });

  test('nobody waits, once that is known, and it is not asked for each', async () => {
    bank.isAway = true;
    await send(600, first);
    const { asked } = bank;
    for (let index = 0; index < 1_000; index += 1)
      expect(gateways[0].takeAtHand('ada', START)).toMatchObject({ isWithin: false });
    expect(bank.asked).toBe(asked);
  });

  test('what was leased before can still be spent, and when it is back it hears of what was', async () => {
    expect(await send(700, first)).toBe(700);
    bank.isAway = true;
    expect(await send(1_000, first)).toBeLessThanOrEqual(150); // leased already, and more than the share of 500
    bank.isAway = false;
    await send(100, first, START + 2_000);
    await nextTurn();
    const all = 850 + (await send(2_000, inTurns, START + 3_000));
    expect(all).toBeLessThanOrEqual(1.1 * LIMIT);
  });
});

describe('a flood of callers', () => {
  test('who come once each is not for the bank to hear of, and drives nobody out who comes often', async () => {
    await send(1_200, first);
    const { asked } = bank;
    const states = [];
    for (let index = 0; index < 200_000; index += 1) {
      gateways[0].takeAtHand(`address:${index}`, START);
      if (index % 10_000 === 0) states.push(gateways[0].takeAtHand('ada', START)?.isWithin);
    }
    expect(new Set(states)).toEqual(new Set([false]));
    expect(bank.asked).toBe(asked);
  });

  test('who come often makes the bank hear of a bounded number of them', async () => {
    const strict = new LeasedLimit(2, 'key', bank);
    for (let index = 0; index < 50_000; index += 1) {
      strict.takeAtHand(`address:${index}`, START);
      if (index % 1_000 === 0) await nextTurn();
    }
    expect(bank.asked).toBeLessThanOrEqual(20_000);
  });
});

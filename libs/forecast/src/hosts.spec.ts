import { describe, expect, test } from '@jest/globals';
import { HostBudgets } from './host-budgets.js';
import { HostOdds } from './host-odds.js';

describe("a host's budget", () => {
  test('is what cache-aside asked of it and a share more, and no other host has any of it', () => {
    const budgets = new HostBudgets(0.25);
    for (let visit = 0; visit < 8; visit += 1) {
      budgets.countAside('busy.example', 1);
      budgets.countFetch('busy.example', 1);
    }
    let warms = 0;
    for (; warms < 100 && budgets.admits('busy.example', 1); warms += 1)
      budgets.countFetch('busy.example', 1);
    expect(warms).toBe(3); // one to begin with, and a quarter of eight
    expect(budgets.admits('other.example', 1)).toBe(true);
    expect(budgets.admits('other.example', 2)).toBe(false);
  });

  test.each([
    [100, 20],
    [10_000, 200],
  ])('of %i visits that were not made is saved up for %i', (visits, saved) => {
    const budgets = new HostBudgets(1);
    for (let visit = 0; visit < visits; visit += 1) budgets.countAside('quiet.example', 1);
    expect(budgets.admits('quiet.example', saved - 0.1)).toBe(true);
    expect(budgets.admits('quiet.example', saved + 1)).toBe(false);
  });

  test('of none admits nothing', () => {
    const budgets = new HostBudgets(0);
    budgets.countAside('a.example', 5);
    expect(budgets.admits('a.example', 0.25)).toBe(false);
  });

  test('goes on after a round trip through JSON, and refuses what is broken', () => {
    const budgets = new HostBudgets(0.25);
    budgets.countFetch('a.example', 2);
    const restored = HostBudgets.from(0.25, JSON.parse(JSON.stringify(budgets.store())));
    expect(restored.store()).toEqual([['a.example', -1, 0]]);
    expect(() => HostBudgets.from(0.25, [['a.example']])).toThrow('broken');
    expect(() => HostBudgets.from(0.25, null)).toThrow('broken');
  });
});

describe("a host's odds", () => {
  function learned(): HostOdds {
    const odds = new HostOdds();
    for (let period = 0; period < 200; period += 1) {
      odds.learn('loved.example', 1, 0.3, true);
      odds.learn('forgotten.example', 1, 0.3, false);
    }
    return odds;
  }

  test('move its young keys, and its old ones hardly', () => {
    const odds = learned();
    expect(odds.correction('loved.example', 1)).toBeGreaterThan(1);
    expect(odds.correction('forgotten.example', 1)).toBeLessThan(-0.5);
    expect(odds.correction('loved.example', 1_000)).toBeLessThan(0.05);
  });

  test('say nothing of hosts that were never seen, nor of keys without one', () => {
    expect(learned().correction('new.example', 1)).toBe(0);
    const odds = learned();
    odds.learn(undefined, 1, 0.3, true);
    expect(odds.correction(undefined, 1)).toBe(0);
  });

  test('go on after a round trip through JSON, and refuse what is broken', () => {
    const odds = learned();
    const restored = HostOdds.from(JSON.parse(JSON.stringify(odds.store())));
    expect(restored.correction('loved.example', 1)).toBeCloseTo(odds.correction('loved.example', 1), 3);
    expect(() => HostOdds.from([['a.example', 1]])).toThrow('broken');
  });
});

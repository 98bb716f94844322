import { beforeEach, describe, expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ActiveKey } from '#libs/store';
import { HOLDS_MS, KeyHolders } from './key-holders.js';
import { TokenRoles } from './token-roles.js';

const secretNo = (number: number) => `wl_${String(number).padStart(43, '0')}`;
const SECRET = secretNo(1);
const HOLDER = { id: 'one', name: 'the one', role: 'writer' };

/** Postgres as the look-ups see it, that counts how often it is asked. */
class FakeStore {
  isUp = true;
  asked = 0;
  readonly keys = new Map<string, ActiveKey>([[SECRET, HOLDER]]);
  /** What happens while an answer is on its way. */
  meanwhile: () => void = () => undefined;

  readonly find = async (secret: string): Promise<ActiveKey | undefined> => {
    this.asked += 1;
    const found = this.keys.get(secret);
    await nextTurn();
    this.meanwhile();
    if (!this.isUp) throw new Error('down');
    return found;
  };
}

describe('who holds a secret', () => {
  let store: FakeStore;
  let now: number;
  let holders: KeyHolders;

  beforeEach(() => {
    store = new FakeStore();
    now = 1_000;
    const tokens = new TokenRoles({
      reader: 'token-of-readers',
      writer: undefined,
      operator: 'token-of-operators',
    });
    holders = new KeyHolders(tokens, store, () => now);
  });

  test('of the environment is known without asking', () => {
    expect(holders.atHand('token-of-operators')).toEqual({
      id: 'operator-token',
      name: 'OPERATOR_TOKEN',
      role: 'operator',
    });
    expect(store.asked).toBe(0);
  });

  test('is asked for once, and then out of memory', async () => {
    expect(holders.atHand(SECRET)).toBeUndefined();
    expect(await holders.find(SECRET)).toEqual(HOLDER);
    expect(holders.atHand(SECRET)).toEqual(HOLDER);
    expect(await holders.find(SECRET)).toEqual(HOLDER);
    expect(store.asked).toBe(1);
  });

  test('is remembered to be nobody, too, and what has not the shape of a key is not asked for', async () => {
    expect(await holders.find(secretNo(2))).toBeNull();
    expect(holders.atHand(secretNo(2))).toBeNull();
    for (const text of ['', 'x', `${SECRET} `, `${SECRET}0`, SECRET.slice(1), SECRET.replace('0', '?')])
      expect(holders.atHand(text)).toBeNull();
    expect(store.asked).toBe(1);
  });

  test('has no role that this version does not know, and may have it later', async () => {
    store.keys.set(SECRET, { id: 'one', name: 'the one', role: 'archivist' });
    expect(await holders.find(SECRET)).toBeNull();
    store.keys.set(SECRET, { id: 'one', name: 'the one', role: 'reader' });
    expect(await holders.find(SECRET)).toEqual({ id: 'one', name: 'the one', role: 'reader' });
  });

  test('is no longer known once it is revoked, without asking again', async () => {
    await holders.find(SECRET);
    holders.forget('one');
    expect(holders.atHand(SECRET)).toBeNull();
    expect(store.asked).toBe(1);
  });

  test.each([
    ['it is revoked', () => holders.forget('one')],
    ['everything is forgotten', () => holders.forgetAll()],
  ])('is not remembered when %s while the answer is on its way', async (_what, meanwhile) => {
    store.meanwhile = meanwhile;
    await holders.find(SECRET);
    store.keys.clear();
    expect(holders.atHand(SECRET)).toBeUndefined();
    expect(await holders.find(SECRET)).toBeNull();
  });

  test('is asked for again after word may have been missed', async () => {
    await holders.find(SECRET);
    store.keys.clear();
    holders.forgetAll();
    expect(await holders.find(SECRET)).toBeNull();
  });

  test('is asked for again behind an answer when that is half as old as it may get', async () => {
    await holders.find(SECRET);
    now += HOLDS_MS / 2;
    store.keys.clear();
    expect(holders.atHand(SECRET)).toEqual(HOLDER);
    expect(holders.atHand(SECRET)).toEqual(HOLDER);
    expect(store.asked).toBe(2);
    await eventuallyAsked();
    expect(holders.atHand(SECRET)).toBeNull();
  });

  test('is not believed when it is too old', async () => {
    await holders.find(SECRET);
    now += HOLDS_MS;
    store.keys.clear();
    expect(holders.atHand(SECRET)).toBeUndefined();
    expect(await holders.find(SECRET)).toBeNull();
  });

  test('is who it was while Postgres is away, and asked for again in a while', async () => {
    await holders.find(SECRET);
    store.isUp = false;
    now += HOLDS_MS;
    expect(await holders.find(SECRET)).toEqual(HOLDER);
    const asked = store.asked;
    for (const ms of [1, 1_000, 1_000]) {
      now += ms;
      expect(holders.atHand(SECRET)).toEqual(HOLDER);
    }
    expect(store.asked).toBe(asked);
    now += 10_000;
    expect(holders.atHand(SECRET)).toEqual(HOLDER);
    expect(store.asked).toBeGreaterThan(asked);
    store.isUp = true;
    store.keys.clear();
    await eventuallyAsked();
    now += HOLDS_MS;
    expect(await holders.find(SECRET)).toBeNull();
  });

  test('can not be told of a key that was never seen while Postgres is away', async () => {
    store.isUp = false;
    await expect(holders.find(SECRET)).rejects.toThrow('down');
  });

  test('is known however many others are guessed', async () => {
    await holders.find(SECRET);
    for (let number = 2; number < 12_000; number += 1) holders.find(secretNo(number)).catch(() => undefined);
    await eventuallyAsked();
    expect(holders.atHand(SECRET)).toEqual(HOLDER);
  });

  async function eventuallyAsked(): Promise<void> {
    await nextTurn();
    await nextTurn();
  }
});

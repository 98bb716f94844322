import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ActiveKey } from '#libs/store';
import { KeyLookups } from './key-lookups.js';

/** A Postgres that answers when it is told to. */
class GatedStore {
  readonly questions: (readonly string[])[] = [];
  private readonly gates: (() => void)[] = [];

  async findActive(secrets: readonly string[]): Promise<ReadonlyMap<string, ActiveKey>> {
    this.questions.push(secrets);
    await new Promise<void>((resolve) => this.gates.push(resolve));
    return new Map(
      secrets
        .filter((secret) => secret.startsWith('right'))
        .map((id) => [id, { id, name: id, role: 'reader' }]),
    );
  }

  answer(): void {
    this.gates.shift()?.();
  }
}

describe('looking for keys', () => {
  let store: GatedStore;
  let lookups: KeyLookups;

  beforeEach(() => {
    store = new GatedStore();
    lookups = new KeyLookups(store, 50);
  });

  test('asks for all that came meanwhile at once, one question at a time, and for none twice', async () => {
    const first = lookups.find('right one');
    const others = ['right other', 'wrong', 'wrong', 'right other'].map((secret) => lookups.find(secret));
    expect(store.questions).toEqual([['right one']]);
    store.answer();
    expect(await first).toEqual({ id: 'right one', name: 'right one', role: 'reader' });
    expect(store.questions).toEqual([['right one'], ['right other', 'wrong']]);
    store.answer();
    expect((await Promise.all(others)).map((key) => key?.id)).toEqual([
      'right other',
      undefined,
      undefined,
      'right other',
    ]);
  });

  test('never holds more than a bounded part of a flood of guesses', async () => {
    const guesses = Array.from({ length: 20_000 }, (_, number) => lookups.find(`wrong ${number}`));
    const settled = Promise.allSettled(guesses);
    for (let turn = 0; turn < 20; turn += 1) {
      store.answer();
      await new Promise(setImmediate);
    }
    const failures = (await settled).filter(({ status }) => status === 'rejected');
    expect(failures.length).toBeGreaterThan(10_000);
    expect(Math.max(...store.questions.map(({ length }) => length))).toBeLessThanOrEqual(500);
  });

  test('fails in the words of the contract when Postgres is too slow, and asks again for the next', async () => {
    await expect(lookups.find('right one')).rejects.toMatchObject({ code: 'EUNAVAILABLE' });
    const next = lookups.find('right one');
    expect(store.questions).toHaveLength(2);
    store.answer();
    store.answer();
    expect(await next).toMatchObject({ id: 'right one' });
  });
});

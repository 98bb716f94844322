import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { GatheredReads } from './gathered-reads.js';
import type { PreviewKey } from './preview-key.js';

const keys = (count: number) => Array.from({ length: count }, (_, number) => `key-${number}` as PreviewKey);

describe('reads that come together', () => {
  const batches: (readonly PreviewKey[])[] = [];
  const reads = new GatheredReads<string>((asked) => {
    batches.push(asked);
    return Promise.resolve(asked.map((key) => (key === 'key-1' ? undefined : `value of ${key}`)));
  });

  test('are one, and each is answered with its own', async () => {
    batches.length = 0;
    expect(await Promise.all(keys(3).map((key) => reads.read(key)))).toEqual([
      'value of key-0',
      undefined,
      'value of key-2',
    ]);
    expect(batches).toEqual([keys(3)]);
  });

  test('are several, where there are very many', async () => {
    batches.length = 0;
    const values = await Promise.all(keys(150).map((key) => reads.read(key)));
    expect(values[149]).toBe('value of key-149');
    expect(batches.map(({ length }) => length)).toEqual([64, 64, 22]);
  });

  test('wait for those under way, but not for long', async () => {
    const asked: number[] = [];
    const ends: (() => void)[] = [];
    const slow = new GatheredReads<string>(async (some) => {
      asked.push(some.length);
      await new Promise<void>((resolve) => ends.push(resolve));
      return some;
    });
    const [first, ...others] = keys(4);
    const answers = [slow.read(first!)];
    while (asked.length < 1) await nextTurn();
    answers.push(...others.slice(0, 2).map((key) => slow.read(key)));
    ends[0]!(); // they are asked for as soon as this is known
    await answers[0];
    expect(asked).toEqual([1, 2]);
    answers.push(slow.read(others[2]!));
    while (asked.length < 3) await nextTurn(); // nobody ends the second ones
    for (const end of ends) end();
    expect(await Promise.all(answers)).toEqual(keys(4));
  });

  test('fail together', async () => {
    const failing = new GatheredReads(() => Promise.reject(new Error('away')));
    const outcomes = await Promise.allSettled(keys(2).map((key) => failing.read(key)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

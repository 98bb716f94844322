import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { DeadlineExceeded, withinDeadline } from './deadline.js';

const NEVER = new Promise<never>(() => undefined);

describe('work with a deadline', () => {
  test('settles as it does by itself', async () => {
    await expect(withinDeadline(Promise.resolve(1), 1_000, 'it')).resolves.toBe(1);
    await expect(withinDeadline(Promise.reject(new Error('own')), 1_000, 'it')).rejects.toThrow('own');
  });

  test('is given up after it, by name', async () => {
    await expect(withinDeadline(NEVER, 5, 'a word')).rejects.toThrow(DeadlineExceeded);
    await expect(withinDeadline(NEVER, 5, 'a word')).rejects.toThrow(/a word/);
  });

  test('is in time where its answer came while the process was busy', async () => {
    await nextTurn(); // timers come next, and then what was waited for
    const asked = withinDeadline(stat('.'), 5, 'a folder');
    const until = performance.now() + 100;
    while (performance.now() < until);
    await expect(asked).resolves.toBeDefined();
  });

  test('is over at once for who is gone', async () => {
    const gone = new AbortController();
    const waiting = withinDeadline(NEVER, 10_000, 'it', gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(withinDeadline(NEVER, 10_000, 'it', gone.signal)).rejects.toThrow('gone');
  });
});

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ExpiryQueue } from './expiry-queue.js';

test('an empty queue has nothing due, and nothing to take', () => {
  const queue = new ExpiryQueue<string>();
  expect(queue.next).toBe(Infinity);
  expect(queue.take()).toBeUndefined();
  queue.add(3, 'one');
  expect([queue.next, queue.take(), queue.next]).toEqual([3, 'one', Infinity]);
});

test('what is taken, in whatever turn with what is added, is always the earliest', () => {
  const steps = fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { freq: 2 }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (taken) => {
      const queue = new ExpiryQueue<string>();
      const sorted: number[] = [];
      const found: unknown[] = [];
      const expected: unknown[] = [];
      for (const at of [...taken, ...taken.map(() => null)]) {
        if (at === null) {
          found.push(queue.next, queue.take());
          expected.push(sorted[0] ?? Infinity, sorted.shift()?.toString());
        } else {
          queue.add(at, String(at));
          sorted.push(at);
          sorted.sort((one, other) => one - other);
        }
      }
      expect(found).toEqual(expected);
      expect(queue.next).toBe(Infinity);
    }),
  );
});

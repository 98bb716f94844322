import { describe, expect, test } from '@jest/globals';
import type { BatchProgress } from '#libs/store';
import { batchBody } from './batch-body.js';

const AT = Date.UTC(2026, 2, 2, 9, 30);

/** A batch of four pages. */
function aBatch(running: number, outcomes: Record<string, number> = {}): BatchProgress {
  return { id: 'an-id', createdAt: AT, dueAt: AT + 60_000, total: 4, running, outcomes };
}

describe('a batch as callers see it', () => {
  test('says all that is known of it', () => {
    expect(batchBody(aBatch(1, { success: 1, ENOTFOUND: 1 }))).toEqual({
      id: 'an-id',
      kind: 'batch',
      state: 'running',
      at: '2026-03-02T09:31:00.000Z',
      createdAt: '2026-03-02T09:30:00.000Z',
      total: 4,
      done: 2,
      running: 1,
      progress: 0.5,
      outcomes: { success: 1, ENOTFOUND: 1 },
    });
  });

  test.each([
    ['waiting', 0, {}],
    ['running', 1, {}],
    ['running', 0, { success: 1 }],
    ['completed', 0, { success: 3, ENOTFOUND: 1 }],
  ] as const)('is %s with %d running and %p done', (state, running, outcomes) => {
    expect(batchBody(aBatch(running, outcomes)).state).toBe(state);
  });
});

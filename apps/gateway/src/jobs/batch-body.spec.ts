import { describe, expect, test } from '@jest/globals';
import type { BatchProgress } from '#libs/store';
import { batchBody } from './batch-body.js';

const AT = Date.UTC(2026, 2, 2, 9, 30);

/** A batch of four pages. */
function aBatch(
  running: number,
  outcomes: Record<string, number> = {},
  given: Partial<BatchProgress> = {},
): BatchProgress {
  return {
    id: 'an-id',
    reason: 'warm',
    createdAt: AT,
    dueAt: AT + 60_000,
    total: 4,
    isListed: true,
    running,
    outcomes,
    ...given,
  };
}

describe('a batch as callers see it', () => {
  test('says all that is known of it', () => {
    expect(batchBody(aBatch(1, { success: 1, ENOTFOUND: 1 }))).toEqual({
      id: 'an-id',
      kind: 'batch',
      reason: 'warm',
      state: 'running',
      at: '2026-03-02T09:31:00.000Z',
      createdAt: '2026-03-02T09:30:00.000Z',
      total: 4,
      listed: true,
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

  test.each([
    ['is not over before all of its pages are known', false, 4, 'running', 0],
    ['of which no page is known yet waits', false, 0, 'waiting', 0],
    ['of no page at all is over', true, 0, 'completed', 1],
  ] as const)('%s', (_what, isListed, total, state, progress) => {
    const outcomes: Record<string, number> = total === 0 ? {} : { success: total };
    expect(batchBody(aBatch(0, outcomes, { isListed, total }))).toMatchObject({ state, progress });
  });
});

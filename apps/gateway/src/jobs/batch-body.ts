import type { BatchProgress } from '#libs/store';
import type { BatchShape } from './jobs.schema.js';

/** A batch as callers see it. */
export function batchBody({
  id,
  reason,
  createdAt,
  dueAt,
  total,
  isListed,
  running,
  outcomes,
}: BatchProgress): BatchShape {
  const done = Object.values(outcomes).reduce((sum, orders) => sum + orders, 0);
  return {
    id,
    kind: 'batch',
    reason,
    state: isListed && done === total ? 'completed' : stateOf(done, running),
    at: new Date(dueAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
    total,
    listed: isListed,
    done,
    running,
    progress: progressOf(total, isListed, done),
    outcomes,
  };
}

/** *running* from the first page that was taken on. */
function stateOf(done: number, running: number): 'waiting' | 'running' {
  return done + running > 0 ? 'running' : 'waiting';
}

/** From 0 to 1, and never back: a share of pages that aren't all known yet would be. */
function progressOf(total: number, isListed: boolean, done: number): number {
  if (!isListed) return 0;
  return total === 0 ? 1 : done / total;
}

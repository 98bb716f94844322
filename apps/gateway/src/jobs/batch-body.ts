import type { BatchProgress } from '#libs/store';

/** A batch as callers see it. */
export function batchBody({ id, createdAt, dueAt, total, running, outcomes }: BatchProgress) {
  const done = Object.values(outcomes).reduce((sum, orders) => sum + orders, 0);
  return {
    id,
    kind: 'batch' as const,
    state: stateOf(total, done, running),
    at: new Date(dueAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
    total,
    done,
    running,
    progress: done / total,
    outcomes,
  };
}

/** *running* from the first page that was taken up to the last that has an outcome. */
function stateOf(total: number, done: number, running: number): 'waiting' | 'running' | 'completed' {
  if (done === total) return 'completed';
  return done + running > 0 ? 'running' : 'waiting';
}

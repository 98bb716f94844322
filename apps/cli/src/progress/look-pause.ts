/** Bounds of the time between two looks at a batch, in ms: what takes long is looked at seldom. */
const SHORTEST_MS = 100;
const LONGEST_MS = 2_000;

/** How long (ms) to wait before the next look at what was begun at `startedAt`, by the monotonic clock. */
export function lookPauseMs(startedAt: number): number {
  return Math.min(Math.max((performance.now() - startedAt) / 20, SHORTEST_MS), LONGEST_MS);
}

/**
 * How reads end, for pictures. `warmed` is counted in addition to the fresh one: a read that a warm made fresh.
 * `uncounted`: reads whose key wasn't counted, as their caller or host had its share. `dropped`: reads in chunks that were given up.
 */
export const READ_OUTCOMES = [
  'fresh.L1',
  'fresh.L2',
  'fresh.L3',
  'stale.L1',
  'stale.L2',
  'stale.L3',
  'missing',
  'pending',
  'failed',
  'warmed',
  'uncounted',
  'dropped',
] as const;

export type ReadOutcome = (typeof READ_OUTCOMES)[number];

/** What a read can end in by its own doing; the others are said by whoever counts. */
export type AnswerOutcome = Exclude<ReadOutcome, 'uncounted' | 'dropped'>;

/** How many reads ended in which way; what didn't happen isn't named. */
export type OutcomeTotals = Readonly<Partial<Record<ReadOutcome, number>>>;

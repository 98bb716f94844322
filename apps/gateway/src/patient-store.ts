import { StoresUnavailable, withinDeadline } from '#libs/preview';

/** Longest wait for what no reader waits for, in ms: lists of warms, and what operators look at. */
export const PATIENCE_MS = 5_000;

/**
 * Awaits Postgres for longer than a reader would.
 *
 * @param what for the log
 * @throws {StoresUnavailable} when it is away, or takes too long
 */
export async function fromStore<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await withinDeadline(work, PATIENCE_MS, what);
  } catch (error) {
    throw new StoresUnavailable({ cause: error });
  }
}

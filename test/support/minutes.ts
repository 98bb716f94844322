import { setTimeout as pause } from 'node:timers/promises';

const MINUTE_MS = 60_000;

/** Limits count by the minute of the clock: waits for the next one where less than `needMs` is left of this one, as what a test counts has to lie in one. */
export async function withinAMinute(needMs: number): Promise<void> {
  const leftMs = MINUTE_MS - (Date.now() % MINUTE_MS);
  if (leftMs < needMs) await pause(leftMs);
}

import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A setting that people write as `250ms`, `15s`, `5m`, `24h` or `30d` and code reads in milliseconds. */
export const durationMs = z.string().transform((text, context) => {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text.trim());
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  context.addIssue('expected a duration above zero such as 250ms, 15s, 5m, 24h or 30d');
  return z.NEVER;
});

const DAY_MS = 86_400_000;

/** A duration that somebody waits for: at most a day. (Timers can't count to a month, and would be over at once.) */
export const patienceMs = durationMs.refine((ms) => ms <= DAY_MS, 'expected at most 24h');

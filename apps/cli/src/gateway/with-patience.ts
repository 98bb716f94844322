import { setTimeout as pause } from 'node:timers/promises';
import { GatewayAway, GatewayRefused } from './gateway-failure.js';

/** How long a call is tried again, and the longest pause in between, in ms. */
const PATIENCE_MS = 120_000;
const LONGEST_PAUSE_MS = 15_000;

/** Answers after which asking the same again can succeed: too often, busy, away; and those of a balancer whose gateways restart. */
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface Patience {
  readonly patienceMs?: number;
  /** Told of each pause, in ms, and what it is for. */
  readonly onPause?: (pauseMs: number, reason: Error) => void;
}

/**
 * Makes a call that may be made twice until it succeeds, fails for good, or has been tried for two minutes: after the pause that the gateway asks for, else after pauses that double.
 *
 * @throws as the call does, and what `signal` was aborted with
 */
export async function withPatience<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  { patienceMs = PATIENCE_MS, onPause }: Patience = {},
): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const pauseMs = pauseAfter(error, attempt);
      if (pauseMs === undefined || performance.now() + pauseMs > until) throw error;
      onPause?.(pauseMs, error as Error);
      await pause(pauseMs, undefined, { signal });
    }
  }
}

function pauseAfter(error: unknown, attempt: number): number | undefined {
  const doubling = Math.min(500 * 2 ** attempt, LONGEST_PAUSE_MS);
  if (error instanceof GatewayAway) return doubling;
  if (!(error instanceof GatewayRefused) || !AGAIN.has(error.status)) return undefined;
  return error.retryAfterMs ?? doubling;
}

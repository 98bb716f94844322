import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** Something that is under way, as callers see it. All of it changes with its state. */
export interface Progress {
  readonly state: string;
}

export interface EventOptions {
  /** Pause between two looks, in ms; longer where a look takes long. */
  readonly lookEveryMs: number;
  /** After so much silence (ms) a comment tells proxies, and who listens, that the connection lives. */
  readonly heartbeatMs: number;
  /** Longest time that one stream stays open, in ms. */
  readonly longestMs: number;
}

/** When an EventSource comes back to a stream that ended, in ms. */
const RETRY_MS = 2_000;

/** A look's share of the time at the most: what takes Postgres long is looked at less often. */
const LOOKING_SHARE = 0.1;

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed']);

export function hasEnded({ state }: Progress): boolean {
  return ENDED.has(state);
}

/** Names what is so: the same on every gateway, and another one when anything has changed. */
export function eventId(progress: Progress): string {
  return createHash('sha256').update(JSON.stringify(progress)).digest('base64url').slice(0, 16);
}

/**
 * How something goes, as server-sent events (WHATWG HTML, section 9.2): `state` when that has changed, `progress` when anything else has, `outcome` at the end, which is the stream's, too. Each
 * holds all there is to know, so that none has to be repeated to who was away: only what he saw last isn't told again.
 *
 * @param first what is so now
 * @param lookAgain undefined: there is nothing any more; what it throws is tried again
 * @param lastId of the event that the listener saw last
 * @param signal ends the stream
 */
export async function* progressEvents(
  first: Progress,
  lookAgain: () => Promise<Progress | undefined>,
  lastId: string | undefined,
  signal: AbortSignal,
  { lookEveryMs, heartbeatMs, longestMs }: EventOptions,
): AsyncGenerator<string, void, undefined> {
  yield `retry: ${RETRY_MS}\n\n`;
  const until = performance.now() + longestMs;
  let [seen, state, quietSince, pauseMs] = [lastId, '', performance.now(), lookEveryMs];
  for (let now: Progress | 'unknown' = first; ;) {
    if (now !== 'unknown') {
      const id = eventId(now);
      if (id !== seen) {
        yield eventText(now, now.state !== state);
        [seen, quietSince] = [id, performance.now()];
      }
      state = now.state;
      if (hasEnded(now)) return;
    }
    if (performance.now() - quietSince >= heartbeatMs) {
      yield ':\n\n';
      quietSince = performance.now();
    }
    const isOver = await pause(pauseMs, false, { signal }).catch(() => true);
    if (isOver || performance.now() >= until) return;
    const startedAt = performance.now();
    const next = await lookAgain().catch(() => 'unknown' as const);
    if (next === undefined) return;
    now = next;
    pauseMs = Math.max(lookEveryMs, (performance.now() - startedAt) / LOOKING_SHARE);
  }
}

/** One event, as it is sent. */
export function eventText(progress: Progress, isNewState: boolean): string {
  const event = hasEnded(progress) ? 'outcome' : isNewState ? 'state' : 'progress';
  return `id: ${eventId(progress)}\nevent: ${event}\ndata: ${JSON.stringify(progress)}\n\n`;
}

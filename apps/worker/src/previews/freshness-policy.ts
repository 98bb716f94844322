import { beliefOf, hostAfterCheck, jitteredMs, learnedTtlMs, newHost, withCheck } from '#libs/forecast';
import {
  type FailurePauses,
  failurePauseMs,
  type PreviewEntry,
  type ScrapeFailure,
  type ScrapeMemory,
} from '#libs/preview';

export interface FreshnessPolicy extends FailurePauses {
  /** Longest lifetime of a page that was never checked again, in ms. */
  readonly ttlDefaultMs: number;
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
  /** Share of reads that may be answered from a copy which the origin has changed meanwhile. */
  readonly stalenessBudget: number;
  /** Longest grace in which a preview is served while it is refreshed, in ms; it is never longer than the lifetime before it. */
  readonly staleWhileRevalidateMs: number;
  /** How long after its lifetime a preview is served while its origin fails, in ms. */
  readonly staleIfErrorMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What holds where nobody says otherwise. */
export const DEFAULT_POLICY: FreshnessPolicy = {
  ttlDefaultMs: DAY_MS,
  ttlMinMs: 5 * MINUTE_MS,
  ttlMaxMs: 30 * DAY_MS,
  stalenessBudget: 0.1,
  staleWhileRevalidateMs: DAY_MS,
  staleIfErrorMs: 7 * DAY_MS,
  transientMs: MINUTE_MS,
  transientMaxMs: HOUR_MS,
  lastingMs: HOUR_MS,
  lastingMaxMs: DAY_MS,
};

/** An entry's times, in ms since the epoch. */
export type Lifetime = Pick<PreviewEntry, 'fetchedAt' | 'freshUntil' | 'staleUntil'>;

/** What a successful visit means for the page: what is remembered, learned of its host, and how long it now lives. */
export interface Renewal {
  readonly memory: ScrapeMemory;
  readonly hostWeights: readonly number[] | undefined;
  readonly lifetime: Lifetime;
}

/** What a visit found out about the content. */
export interface Comparison {
  readonly key: string;
  readonly contentHash: string;
  readonly validators: ScrapeMemory['validators'];
}

/** After a success: compares with what was remembered, learns, and sets the lifetime by what is known of page and host. */
export function renewal(
  found: Comparison,
  memory: ScrapeMemory,
  hostWeights: readonly number[] | undefined,
  now: number,
  policy: FreshnessPolicy,
): Renewal {
  const isCheck = memory.contentHash !== null;
  const comparisons = memory.comparisons + (isCheck ? 1 : 0);
  const changeEvidence = isCheck
    ? withCheck(memory.changeEvidence, now - memory.comparedAt, memory.contentHash !== found.contentHash)
    : memory.changeEvidence;
  const host = hostWeights ?? newHost();
  const belief = beliefOf(changeEvidence, host);
  const learned = learnedTtlMs(belief, {
    minMs: policy.ttlMinMs,
    maxMs: comparisons === 0 ? Math.max(policy.ttlMinMs, policy.ttlDefaultMs) : policy.ttlMaxMs,
    stalenessBudget: policy.stalenessBudget,
  });
  const ttlMs = jitteredMs(learned, found.key);
  return {
    memory: {
      validators: found.validators,
      contentHash: found.contentHash,
      comparedAt: now,
      comparisons,
      changeEvidence,
      failures: 0,
    },
    hostWeights: isCheck ? hostAfterCheck(host, belief, comparisons) : undefined,
    lifetime: {
      fetchedAt: now,
      freshUntil: now + ttlMs,
      staleUntil: now + ttlMs + Math.min(ttlMs, policy.staleWhileRevalidateMs),
    },
  };
}

/** After a failure: the origin is left alone for a pause, and a preview from before lives on as stale-if-error allows. */
export function pauseAfter(
  failure: ScrapeFailure,
  count: number,
  held: PreviewEntry | undefined,
  now: number,
  policy: FreshnessPolicy,
): Lifetime {
  const freshUntil = now + failurePauseMs(failure, count, policy);
  if (held === undefined || held.preview === null)
    return { fetchedAt: now, freshUntil, staleUntil: freshUntil };
  // The first failure starts the grace at the end of the good copy's life; those after it don't move it.
  const staleUntil =
    held.outcome.kind === 'success' ? held.freshUntil + policy.staleIfErrorMs : held.staleUntil;
  return { fetchedAt: held.fetchedAt, freshUntil, staleUntil };
}

/**
 * How fast a page changes, learned from irregular checks.
 *
 * The model is that of Cho and Garcia-Molina, "Estimating Frequency of Change" (ACM TOIT 3(3), 2003): changes come as a Poisson
 * process, and a check only tells whether there was at least one since the last. After an interval t a change has the
 * likelihood 1 − e^(−λt), none has e^(−λt). Instead of one estimate of λ we keep the likelihood of each rate on a grid, so that irregular
 * intervals are exact, and a page that was checked twice stays as uncertain as it is.
 */

/** Mean intervals between changes that are told apart, in ms: log-spaced from 5 minutes to 60 days. */
export const CHANGE_INTERVALS_MS: readonly number[] = Array.from(
  { length: 32 },
  (_, index) => 300_000 * (60 * 288) ** (index / 31),
);

/** Weights over the grid; they need not add up to one. */
export type RateWeights = readonly number[];

/** The log-likelihood of each rate of the grid, given the checks of one page. Empty: no check yet. */
export type ChangeEvidence = readonly number[];

/** How much of the old evidence a new check leaves: pages change their ways. 0.95 remembers some twenty checks. */
const REMEMBER = 0.95;

/** Evidence after one more check of a page, `intervalMs` after the one before. */
export function withCheck(evidence: ChangeEvidence, intervalMs: number, changed: boolean): ChangeEvidence {
  const interval = Math.max(1, intervalMs);
  return CHANGE_INTERVALS_MS.map((meanMs, index) => {
    const expected = interval / meanMs;
    const logLikelihood = changed ? Math.log(-Math.expm1(-expected)) : -expected;
    return REMEMBER * (evidence[index] ?? 0) + logLikelihood;
  });
}

/** What is believed of a page's rate: its evidence over the experience with its host. Adds up to one. */
export function beliefOf(evidence: ChangeEvidence, host: RateWeights): RateWeights {
  const logs = CHANGE_INTERVALS_MS.map((_, index) => Math.log(host[index] ?? 1) + (evidence[index] ?? 0));
  const largest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** How much a host's experience forgets with each check of one of its pages. */
const HOST_REMEMBERS = 0.999;

/** A new host starts with the weight of this many pages of which nothing is known. */
const UNKNOWN_PAGES = 3;

/**
 * A host's experience after a check of one of its pages. The n-th check of a page weighs 1/n, so that pages which are checked
 * often, because they change often, don't speak for all the others.
 */
export function hostAfterCheck(host: RateWeights, belief: RateWeights, comparisons: number): RateWeights {
  const weight = 1 / Math.max(1, comparisons);
  return host.map((held, index) => HOST_REMEMBERS * held + weight * (belief[index] ?? 0));
}

/** The experience with a host that was never seen. */
export function newHost(): RateWeights {
  return CHANGE_INTERVALS_MS.map(() => UNKNOWN_PAGES / CHANGE_INTERVALS_MS.length);
}

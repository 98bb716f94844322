/** Probabilities are kept this far from 0 and 1 before they are moved. */
const MARGIN = 1e-4;

/** Longest step that one outcome makes a rate's logarithm take, in units of its gradient: a read that stayed away, of a key read all the time, is one outcome, too. */
const STEEPEST = { down: 1.5, up: 1 };

/** A probability, moved by a correction in logits. */
export function moved(probability: number, correction: number): number {
  const bounded = within(probability);
  return 1 / (1 + ((1 - bounded) / bounded) * Math.exp(-correction));
}

/**
 * The probability of a read where reads come as a Poisson process, after its rate was multiplied by the exponential of a correction: a complementary log-log link
 * (McCullagh and Nelder, "Generalized Linear Models", 1989). What holds for all keys, such as traffic that grows, multiplies the rates of busy and of
 * quiet ones alike, which no sum of logits can say.
 */
export function withRateMoved(probability: number, correction: number): number {
  const reads = -Math.log1p(-within(probability));
  return within(-Math.expm1(-reads * Math.exp(correction)));
}

/** By how much such a correction was too high, by an outcome that was given a probability of `expected`: the gradient of the log loss, bounded. */
export function rateError(expected: number, wasRead: boolean): number {
  const reads = -Math.log1p(-expected);
  return Math.min(STEEPEST.down, Math.max(-STEEPEST.up, wasRead ? reads * (1 - 1 / expected) : reads));
}

/** How much outcomes with such a probability tell about a rate's logarithm: the mean of the square of that gradient (Fisher's information). */
export function rateTold(expected: number): number {
  const reads = -Math.log1p(-expected);
  return (reads * reads * (1 - expected)) / expected;
}

function within(probability: number): number {
  return Math.min(1 - MARGIN, Math.max(MARGIN, probability));
}

import { WarmBudget, WarmForecast } from '#libs/forecast';

/** Extra load on origins that is allowed: 0.1 is a tenth of what a cache without warming asks for. */
export interface ForecastBudgets {
  /** On all together. */
  readonly share: number;
  /** On each host. */
  readonly hostShare: number;
}

/**
 * What the forecast has learned so far, from where it is stored. A model that is missing starts with the prior; so does one that is broken or of
 * another version, and that is reported.
 */
export function learnedForecast(
  stored: unknown,
  { share, hostShare }: ForecastBudgets,
  onBroken: (error: unknown) => void,
): WarmForecast {
  if (stored !== null) {
    try {
      return WarmForecast.from(stored, share, hostShare);
    } catch (error) {
      onBroken(error);
    }
  }
  return new WarmForecast(new WarmBudget(share), { hostShare });
}

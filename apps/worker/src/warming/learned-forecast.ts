import { WarmBudget, WarmForecast } from '#libs/forecast';

/**
 * What the forecast has learned so far, from where it is stored. A model that is missing starts with the prior; so does one that is broken or of
 * another version, and that is reported.
 */
export function learnedForecast(
  stored: unknown,
  budgetShare: number,
  onBroken: (error: unknown) => void,
): WarmForecast {
  if (stored !== null) {
    try {
      return WarmForecast.from(stored, budgetShare);
    } catch (error) {
      onBroken(error);
    }
  }
  return new WarmForecast(new WarmBudget(budgetShare));
}

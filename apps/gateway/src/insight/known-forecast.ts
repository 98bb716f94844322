import { type StoredWarmForecast, WarmBudget, WarmForecast } from '#libs/forecast';

/**
 * What the workers have learned. *prior*: nothing yet, and the forecast is what it begins with. *broken*: what is stored can't be read here, and the
 * workers will begin anew, or are of another version.
 */
export type KnownForecast =
  | { readonly state: 'learned' | 'prior'; readonly forecast: WarmForecast; readonly share: number }
  | { readonly state: 'broken' | 'prior'; readonly forecast: undefined; readonly share: null };

/** @param stored as the workers left it; `null` before they did */
export function knownForecast(stored: unknown): KnownForecast {
  if (stored === null) return { state: 'prior', forecast: undefined, share: null };
  try {
    const share = (stored as StoredWarmForecast).budget.share;
    const forecast = WarmForecast.from(stored, share);
    return { state: forecast.odds.settledPeriods > 0 ? 'learned' : 'prior', forecast, share };
  } catch {
    return { state: 'broken', forecast: undefined, share: null };
  }
}

/** By which probabilities are told, and whether they were learned. */
export function forecastOf({ state, forecast }: KnownForecast): {
  readonly state: 'learned' | 'prior';
  readonly forecast: WarmForecast;
} {
  return {
    state: state === 'learned' ? state : 'prior',
    forecast: forecast ?? new WarmForecast(new WarmBudget(0)),
  };
}

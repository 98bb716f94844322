import { LEARNED_ODDS_VERSION } from '#libs/forecast';
import type { LearnedForecast } from '#libs/store';
import { knownForecast } from './known-forecast.js';

/** What has been learned, how good it was, and what is left to spend, as operators see it. */
export function forecastBody({ learned, savedAt }: LearnedForecast) {
  const { state, forecast, share } = knownForecast(learned);
  const outcomes = forecast?.outcomes ?? { used: 0, wasted: 0, skipped: 0, missed: 0 };
  const { used, wasted, missed } = outcomes;
  return {
    model: {
      version: forecast === undefined ? null : LEARNED_ODDS_VERSION,
      state,
      settledPeriods: forecast?.odds.settledPeriods ?? 0,
      savedAt: savedAt === null ? null : new Date(savedAt).toISOString(),
    },
    outcomes,
    /** Of what was warmed: how much was read. */
    precision: shareOf(used, used + wasted),
    /** Of what was read first after it had expired: how much had been warmed. */
    recall: shareOf(used, used + missed),
    calibration: {
      /** Mean squared error of the probabilities (Brier), and mean distance between what was expected and what came. */
      brier: forecast?.calibration.brier ?? null,
      error: forecast?.calibration.error ?? null,
      curve: (forecast?.calibration.bins ?? []).flatMap(({ periods, expected, read }) =>
        periods === 0
          ? []
          : [{ periods: Math.round(periods), expected: expected / periods, read: read / periods }],
      ),
    },
    budget: {
      allowed: share,
      load: forecast?.budget.load ?? null,
      // Without a share nothing is warmed, whatever its score.
      threshold: forecast === undefined || share === 0 ? null : forecast.budget.threshold,
    },
  };
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

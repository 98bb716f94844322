import type { WarmInsight } from '#libs/store';
import type { Gauge, Metrics } from '#libs/telemetry';
import { forecastBody } from '../insight/forecast-body.js';

/** How often the model is read, in ms: it changes slowly, and is long. */
const LOOK_EVERY_MS = 30_000;

/** How good the forecasts were, and what was spent on them: of the fleet, the same in each gateway. */
export function forecastMetrics(metrics: Metrics, insight: Pick<WarmInsight, 'forecast'>): void {
  const periods = metrics.counter(
    'warmlink_warm_periods_total',
    'Lifetimes that followed an expiry, by how they ended: used (warmed, read), wasted (warmed, not read), missed (read, not warmed), skipped (neither).',
    'outcome',
  );
  const error = metrics.sharedGauge(
    'warmlink_forecast_calibration_error',
    'Expected calibration error: mean distance between probabilities and what came, from 0 to 1.',
  );
  const brier = metrics.sharedGauge(
    'warmlink_forecast_brier_score',
    'Mean squared error of the probabilities.',
  );
  const load = metrics.sharedGauge(
    'warmlink_warm_budget_load_ratio',
    'Visits to origins, to those that reads alone would have caused.',
  );
  const allowed = metrics.sharedGauge(
    'warmlink_warm_budget_allowed_ratio',
    'What that may be: 1 and WARM_BUDGET.',
  );
  const saved = metrics.sharedGauge(
    'warmlink_forecast_saved_timestamp_seconds',
    'When the forecast was stored last, since the epoch.',
  );
  const all = [periods, error, brier, load, allowed, saved];
  let lookedAt = Number.NEGATIVE_INFINITY;
  metrics.collect(all, async () => {
    if (performance.now() - lookedAt < LOOK_EVERY_MS) return;
    lookedAt = Number.NEGATIVE_INFINITY; // a look that fails is made again
    const learned = await insight.forecast();
    const { outcomes, calibration, budget } = forecastBody(learned);
    for (const [outcome, count] of Object.entries(outcomes)) periods.with({ outcome }).set(count);
    setOrClear(error, calibration.error);
    setOrClear(brier, calibration.brier);
    setOrClear(load, budget.load);
    setOrClear(allowed, budget.allowed === null ? null : 1 + budget.allowed);
    setOrClear(saved, learned.savedAt === null ? null : learned.savedAt / 1_000);
    lookedAt = performance.now();
  });
}

/** What isn't known has no value: 0 would be a perfect forecast. */
function setOrClear(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.clear();
  else gauge.with({}).set(value);
}

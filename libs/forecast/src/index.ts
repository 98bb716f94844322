export {
  beliefOf,
  type ChangeEvidence,
  hostAfterCheck,
  newHost,
  type RateWeights,
  withCheck,
} from './change-rate.js';
export { decodeDemand, encodeDemand } from './demand-codec.js';
export { type DemandState, heatAt, heatOf, type KeyReads, recentRate, withReads } from './demand-state.js';
export { expectedStaleShare, jitteredMs, learnedTtlMs, type TtlBounds } from './learned-ttl.js';
export { LEARNED_ODDS_VERSION, LearnedOdds } from './learned-odds.js';
export { priorProbability, ReadOdds } from './read-odds.js';
export { Calibration, type CalibrationBin } from './calibration.js';
export { WarmBudget } from './warm-budget.js';
export {
  CONDITIONAL_COST,
  type ExpiryOdds,
  type Outlook,
  type StoredCopy,
  type StoredWarmForecast,
  type WarmCandidate,
  type WarmDecision,
  WarmForecast,
  type WarmForecastOptions,
} from './warm-forecast.js';
export type { Reason } from './why-likely.js';
export { laterMoment, type MomentKind, type WarmMoment } from './warm-moment.js';
export { isSettledBy, outcomeOf, type WarmOutcome, type WarmPeriod } from './warm-period.js';

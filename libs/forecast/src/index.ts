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
export { priorProbability, READ_ODDS_VERSION, ReadOdds } from './read-odds.js';
export { WarmBudget } from './warm-budget.js';
export {
  CONDITIONAL_COST,
  type StoredCopy,
  type StoredWarmForecast,
  type WarmCandidate,
  type WarmDecision,
  WarmForecast,
} from './warm-forecast.js';
export { isSettledBy, outcomeOf, type WarmOutcome, type WarmPeriod } from './warm-period.js';

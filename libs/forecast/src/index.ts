export {
  beliefOf,
  type ChangeEvidence,
  hostAfterCheck,
  newHost,
  type RateWeights,
  withCheck,
} from './change-rate.js';
export { expectedStaleShare, jitteredMs, learnedTtlMs, type TtlBounds } from './learned-ttl.js';

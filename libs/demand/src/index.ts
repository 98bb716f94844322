export { callerNetwork } from './caller-network.js';
export {
  DEMAND_QUEUE,
  type DemandChunk,
  decodeChunk,
  encodeChunk,
  type EncodedChunk,
  type KeyDemand,
} from './demand-chunk.js';
export { DemandHandover, type DemandHandoverOptions } from './demand-handover.js';
export { DemandRecorder, type DemandRecorderOptions, type Read } from './demand-recorder.js';
export { demandEnv } from './demand.env.js';
export { type AnswerOutcome, type OutcomeTotals, READ_OUTCOMES, type ReadOutcome } from './read-outcome.js';

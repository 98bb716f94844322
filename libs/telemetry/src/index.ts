export { checkParts, type PartCheck, type PartStates } from './health.js';
export { Logger } from './logger.js';
export { telemetryEnv } from './telemetry.env.js';
export { runProcess } from './run-process.js';

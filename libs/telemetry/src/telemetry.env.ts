import { z } from 'zod';

/** Settings of what a process says about itself. */
export const telemetryEnv = {
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
};

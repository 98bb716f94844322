import { z } from 'zod';
import { durationOption } from '../previews/query-options.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Most steps of one answer. */
const MAX_STEPS = 1_500;

export const hotKeysQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'limit must be a whole number from 1 to 1000')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 1_000, 'limit must be a whole number from 1 to 1000')
    .default(50)
    .describe('How many: 1 to 1,000, else 50.'),
});

export type HotKeysQuery = z.output<typeof hotKeysQuery>;

/** Both in ms. Totals are kept by the minute, so a step is one or more whole ones. */
export const statisticsQuery = z
  .strictObject({
    since: durationOption('since', MINUTE_MS, 10 * 366 * DAY_MS)
      .default(DAY_MS)
      .describe('How far back; `24h` if nothing is said.'),
    step: durationOption('step', MINUTE_MS, 366 * DAY_MS)
      .refine((ms) => ms % MINUTE_MS === 0, 'step must be of whole minutes')
      .default(HOUR_MS)
      .describe('Length of a step in whole minutes; `1h` if nothing is said.'),
  })
  .refine(({ since, step }) => since / step <= MAX_STEPS, {
    path: ['step'],
    message: `step must be longer: since has more than ${MAX_STEPS} of it`,
  });

export type StatisticsQuery = z.output<typeof statisticsQuery>;

import { z } from 'zod';

const time = z.iso.datetime();
const ratio = z.number().nullable();

/** What `HotKeys.expected` gives. */
export const hotKeysShape = z.object({
  model: z.object({ state: z.enum(['learned', 'prior']).describe('`prior`: nothing was learned yet.') }),
  keys: z.array(
    z.object({
      key: z.string(),
      url: z.string(),
      probability: z.number().describe('Of at least one read within its next lifetime.'),
      due: time.describe('When this copy expires.'),
      decided: z.object({
        at: time,
        kind: z
          .enum(['expiry', 'beat', 'wake'])
          .describe('At its expiry, or just before it is read by its habit.'),
      }),
      planned: z.boolean().describe('Whether it is set aside to be warmed.'),
      why: z.string(),
      reasons: z.array(
        z.object({
          feature: z.string(),
          weight: z.number().describe('Natural logarithm of a factor of the rate.'),
          words: z.string(),
        }),
      ),
    }),
  ),
});

/** What `forecastBody` gives. */
export const forecastShape = z.object({
  model: z.object({
    version: z.number().nullable(),
    state: z.enum(['learned', 'prior', 'broken']),
    settledPeriods: z.number(),
    savedAt: time.nullable(),
  }),
  outcomes: z
    .object({ used: z.number(), wasted: z.number(), skipped: z.number(), missed: z.number() })
    .describe(
      'Periods that were warmed and read, warmed and not read, neither, and read without having been warmed.',
    ),
  precision: ratio.describe('Of what was warmed: how much was read.'),
  recall: ratio.describe('Of what was read first after it had expired: how much had been warmed.'),
  calibration: z.object({
    brier: ratio.describe('Mean squared error of the probabilities.'),
    error: ratio.describe('Mean distance between what was expected and what came.'),
    curve: z.array(z.object({ periods: z.number(), expected: z.number(), read: z.number() })),
  }),
  budget: z.object({
    allowed: ratio.describe('Visits that warming may add to those of reads alone.'),
    load: ratio.describe('Those that it does.'),
    threshold: ratio.describe('What is scored below it is not warmed.'),
  }),
});

const READS = [
  'How they ended; each is one of `fresh.L1` … `stale.L3` (answered from a copy within or past its lifetime, by the tier that had it: memory, Redis, Postgres), `missing` (waited for a scrape), `pending` (answered 202) and `failed`.',
  'Readers of one page who come while one look at Redis or Postgres is under way share it, and each counts under the tier that they waited for.',
  'Three more stand beside those and are no endings: `warmed`, the fresh ones whose copy was renewed ahead of them; `uncounted`, reads that were answered as any, but that no forecast hears of, as their caller or host had its share of this window (`DEMAND_CALLER_CAP`, `DEMAND_HOST_CAP`); `dropped`, reads that no forecast hears of as nobody took their counts for too long.',
].join(' ');

const counts = z.record(z.string(), z.number());
const totals = z.object({
  reads: counts.describe(READS),
  visits: counts.describe(
    'By reason (`scrape`, `refresh`, `warm`, `order`) and what came of them; what did not happen is not named.',
  ),
  skips: counts.describe('What was not visited, out of politeness, by reason and why.'),
  warms: counts.describe(
    'What became of periods that were forecast: `used` (warmed and read), `wasted`, `missed` (read, not warmed), `skipped`.',
  ),
});

/** What `statisticsBody` gives. */
export const statisticsShape = z.object({
  from: time,
  until: time,
  step: z.int().describe('In ms.'),
  totals,
  ratios: z
    .object({ fresh: ratio, stale: ratio, missing: ratio })
    .describe('Shares of the reads; null where there were none.'),
  series: z.array(totals.extend({ at: time })),
});

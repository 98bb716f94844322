import { success } from '../openapi/answer-shapes.js';
import { EXAMPLE_SITE, type RouteDescription } from '../openapi/route-description.js';
import { forecastShape, hotKeysShape, statisticsShape } from './insight-shapes.js';

export const hotKeysDescription: RouteDescription = {
  id: 'hotKeys',
  group: 'Insight',
  summary: 'What is expected to be read next, and why',
  answers: [{ status: 200, what: 'The likeliest first.', schema: success(hotKeysShape) }],
  examples: {
    keys: {
      summary: 'The next one',
      query: { limit: '1' },
      status: 200,
      answer: {
        status: 'success',
        data: {
          model: { state: 'learned' },
          keys: [
            {
              key: '9f3c0f1e-2b7a-5d1c-8e44-1a2b3c4d5e6f',
              url: `${EXAMPLE_SITE}/warm-previews`,
              probability: 0.83,
              due: '2026-03-02T09:45:00.000Z',
              decided: { at: '2026-03-02T09:45:00.000Z', kind: 'expiry' },
              planned: true,
              why: 'About 7 reads in the last hour, the last one 4 min ago, 112 in all.',
              reasons: [
                {
                  feature: 'rate',
                  weight: 0.9,
                  words: 'reads in the last lifetime: expected 2.5 times as often',
                },
              ],
            },
          ],
        },
      },
    },
  },
  failures: {
    EINVALDATA: {
      when: '`limit` is no number from 1 to 1,000',
      query: { limit: '0' },
      message: 'limit must be a whole number from 1 to 1000',
    },
  },
};

export const forecastDescription: RouteDescription = {
  id: 'forecast',
  group: 'Insight',
  summary: 'How good the forecasts were, and what is left to spend',
  answers: [{ status: 200, what: 'What was learned so far.', schema: success(forecastShape) }],
  examples: {
    forecast: {
      summary: 'After a day',
      status: 200,
      answer: {
        status: 'success',
        data: {
          model: {
            version: 3,
            state: 'learned',
            settledPeriods: 48_210,
            savedAt: '2026-03-02T09:30:00.000Z',
          },
          outcomes: { used: 705, wasted: 295, skipped: 20_114, missed: 3_160 },
          precision: 0.705,
          recall: 0.182,
          calibration: {
            brier: 0.09,
            error: 0.012,
            curve: [{ periods: 12_400, expected: 0.031, read: 0.029 }],
          },
          budget: { allowed: 0.1, load: 0.099, threshold: 0.41 },
        },
      },
    },
  },
};

const TOTALS = {
  reads: { 'fresh.L1': 90, missing: 10 },
  visits: { 'scrape.first': 10 },
  skips: {},
  warms: {},
};

export const statisticsDescription: RouteDescription = {
  id: 'statistics',
  group: 'Insight',
  summary: 'Reads, visits and warms over time',
  details: 'At most 1,500 steps. Steps begin at multiples of their length.',
  answers: [{ status: 200, what: 'In all, and step by step.', schema: success(statisticsShape) }],
  examples: {
    hour: {
      summary: 'The last hour in one step',
      query: { since: '1h', step: '1h' },
      status: 200,
      answer: {
        status: 'success',
        data: {
          from: '2026-03-02T08:00:00.000Z',
          until: '2026-03-02T09:00:00.000Z',
          step: 3_600_000,
          totals: TOTALS,
          ratios: { fresh: 0.9, stale: 0, missing: 0.1 },
          series: [{ at: '2026-03-02T08:00:00.000Z', ...TOTALS }],
        },
      },
    },
  },
  failures: {
    EINVALDATA: {
      when: 'a duration is none, or there are too many steps',
      query: { since: '30d', step: '1m' },
      message: 'step must be longer: since has more than 1500 of it',
    },
  },
};

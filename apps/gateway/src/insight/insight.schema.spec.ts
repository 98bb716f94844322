import { describe, expect, test } from '@jest/globals';
import { hotKeysQuery, statisticsQuery } from './insight.schema.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('the query of hot keys', () => {
  test.each([
    [{}, 50],
    [{ limit: '1' }, 1],
    [{ limit: '1000' }, 1_000],
  ])('%p asks for %d', (query, limit) => {
    expect(hotKeysQuery.parse(query)).toEqual({ limit });
  });

  test.each(['0', '1001', '-1', '1.5', '', 'all', ['1', '2']])('limit=%p is refused', (limit) => {
    expect(hotKeysQuery.safeParse({ limit }).success).toBe(false);
  });
});

describe('the query of statistics', () => {
  test.each([
    [{}, { since: 24 * HOUR, step: HOUR }],
    [
      { since: '10m', step: '1m' },
      { since: 10 * MINUTE, step: MINUTE },
    ],
    [
      { since: '25h', step: '60000' },
      { since: 25 * HOUR, step: MINUTE },
    ],
    [
      { since: '90d', step: '1d' },
      { since: 90 * 24 * HOUR, step: 24 * HOUR },
    ],
  ])('%p is understood', (query, expected) => {
    expect(statisticsQuery.parse(query)).toEqual(expected);
  });

  test.each([
    [{ step: '59s' }],
    [{ step: '90s' }],
    [{ since: '26h', step: '1m' }],
    [{ since: '0' }],
    [{ since: 'yesterday' }],
    [{ until: '1h' }],
  ])('%p is refused', (query) => {
    expect(statisticsQuery.safeParse(query).success).toBe(false);
  });
});

import { expect, test } from '@jest/globals';
import { optionDurationMs } from './option-duration.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [['1d', '1day', '1 days', '24h', '1D'], DAY],
  [['1h', '1hr', '1hrs', '1hour', '1hours', '60m'], HOUR],
  [['1.5h', '90m', '90min', '90mins', '90minute', '90minutes'], 1.5 * HOUR],
  [['90s', '90sec', '90secs', '90second', '90 seconds', '1.5m'], 90 * SECOND],
  [['250', '250ms', '250msec', '250msecs', '250millisecond', '250milliseconds', ' 250 '], 250],
  [['0', '0s', '0d'], 0],
])('%j are one duration: %i ms', (texts, ms) => {
  expect(texts.map(optionDurationMs)).toEqual(texts.map(() => ms));
});

test.each([
  '',
  ' ',
  'soon',
  'd',
  '-1',
  '-1d',
  '+1',
  '1w',
  '1month',
  '1y',
  '1d2h',
  '1,5h',
  '.5h',
  '1e3',
  '0x10',
  'NaN',
])('"%s" is none', (text) => {
  expect(optionDurationMs(text)).toBeUndefined();
});

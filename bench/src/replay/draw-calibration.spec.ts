import { expect, test } from '@jest/globals';
import { drawCalibration } from './draw-calibration.js';

test('forecasts that came true as often as they said lie on the diagonal, and bins without any are left out', () => {
  const picture = drawCalibration('<a trace>', [
    { periods: 100, expected: 50, read: 50 },
    { periods: 0, expected: 0, read: 0 },
  ]);
  expect(picture.match(/<circle/g)).toHaveLength(1);
  expect(picture).toContain('cx="256" cy="256" r="14"');
  expect(picture).toContain('&#60;a trace&#62;');
});

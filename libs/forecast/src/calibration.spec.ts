import { expect, test } from '@jest/globals';
import { seededRandom } from '../../../bench/src/content-change.js';
import { Calibration } from './calibration.js';

/** Forecasts from 0 to 1, of which as many come true as `truth` says. */
function counted(truth: (probability: number) => number): Calibration {
  const random = seededRandom('calibration');
  const calibration = new Calibration();
  for (let period = 0; period < 20_000; period += 1) {
    const probability = random();
    calibration.count(probability, random() < truth(probability));
  }
  return calibration;
}

test('forecasts that come true as often as they say have no error, and the Brier score of that', () => {
  const calibration = counted((probability) => probability);
  expect(calibration.error).toBeLessThan(0.02);
  expect(calibration.brier).toBeCloseTo(1 / 6, 2);
});

test('those that say too much have it', () => {
  const calibration = counted((probability) => probability ** 2);
  expect(calibration.error).toBeCloseTo(1 / 6, 1);
  const { periods, expected, read } = calibration.bins[10]!;
  expect(expected / periods).toBeCloseTo(0.525, 1);
  expect(read / periods).toBeCloseTo(0.276, 1);
});

test('before there was a period there is nothing to say', () => {
  expect([new Calibration().error, new Calibration().brier]).toEqual([null, null]);
});

test('is the same after a round trip through JSON, and refuses what is broken', () => {
  const calibration = counted((probability) => probability);
  const stored = JSON.parse(JSON.stringify(calibration.store()));
  expect(Calibration.from(stored).error).toBeCloseTo(calibration.error!, 4);
  expect(Calibration.from(stored).brier).toBeCloseTo(calibration.brier!, 4);
  for (const broken of [null, {}, { ...stored, squares: null }, { ...stored, bins: stored.bins.slice(1) }])
    expect(() => Calibration.from(broken)).toThrow('broken');
});

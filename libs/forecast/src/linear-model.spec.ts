import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '../../../bench/src/content-change.js';
import { LinearModel } from './linear-model.js';

/** Learns from outcomes whose logits are 1 − 2x, or the other way round; values of x come in twice. */
function learned(outcomes: number, model = new LinearModel(3), sign = 1): LinearModel {
  const random = seededRandom('outcomes');
  for (let outcome = 0; outcome < outcomes; outcome += 1) {
    const x = 2 * random() - 1;
    const expected = 1 / (1 + Math.exp(-model.correction([1, x, x])));
    const came = random() < 1 / (1 + Math.exp(sign * (2 * x - 1))) ? 1 : 0;
    model.learn([1, x, x], expected - came, expected * (1 - expected));
  }
  return model;
}

describe('a linear model', () => {
  test('finds what holds within some thousand outcomes, and divides what values say twice', () => {
    const model = learned(5_000);
    expect(Math.abs(model.correction([1, 0, 0]) - 1)).toBeLessThan(0.4);
    expect(Math.abs(model.correction([0, 1, 1]) + 2)).toBeLessThan(0.6);
    expect(model.effect([0, 1, 0], 1)).toBeCloseTo(model.effect([0, 0, 1], 2), 6);
  });

  test('is moved far by the first outcomes, and little by later ones', () => {
    const move = (model: LinearModel) => {
      const before = model.correction([1, 0, 0]);
      model.learn([1, 0, 0], 0.5, 0.25);
      return before - model.correction([1, 0, 0]);
    };
    const [first, later] = [move(new LinearModel(3)), move(learned(5_000))];
    expect(later).toBeGreaterThan(0);
    expect(later).toBeLessThan(first / 3);
  });

  test('follows what becomes another, however long it was so before', () => {
    const model = learned(20_000, learned(60_000), -1);
    expect(Math.abs(model.correction([1, 0, 0]) + 1)).toBeLessThan(0.5);
    expect(Math.abs(model.correction([0, 1, 1]) - 2)).toBeLessThan(0.8);
  });

  test('is never so sure of anything, whatever it is told, that it could not be stored', () => {
    const values = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 });
    const error = fc.double({ min: -1, max: 1.5, noNaN: true });
    const tells = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(values, error, tells), { minLength: 1, maxLength: 5 }), (told) => {
        const model = new LinearModel(3);
        for (let time = 0; time < 200; time += 1) for (const one of told) model.learn(...one);
        new LinearModel(3).restore(JSON.parse(JSON.stringify(model.store())));
      }),
    );
  });

  test('is the same after a round trip through JSON, and refuses what is of another size', () => {
    const model = learned(500);
    const restored = new LinearModel(3);
    restored.restore(JSON.parse(JSON.stringify(model.store())));
    expect(restored.correction([1, 0.5, -0.3])).toBeCloseTo(model.correction([1, 0.5, -0.3]), 5);
    expect(() => new LinearModel(4).restore(model.store())).toThrow('broken');
    expect(() => restored.restore(null)).toThrow('broken');
  });
});

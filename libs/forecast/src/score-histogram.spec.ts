import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { seededRandom } from '../../../bench/src/content-change.js';
import { ScoreHistogram } from './score-histogram.js';

const STEP = Math.exp(0.1);

const shares = fc.double({ min: 0, max: 1, noNaN: true });
/** Fewer than are ever forgotten. */
const candidates = fc.array(
  fc.record({
    score: fc.double({ min: 0.01, max: 390, noNaN: true }),
    extra: fc.double({ min: 0, max: 0.25, noNaN: true }),
  }),
  { maxLength: 39 },
);

function histogramOf(seen: readonly { score: number; extra: number }[]): ScoreHistogram {
  const scores = new ScoreHistogram();
  for (const { score, extra } of seen) scores.add(score, extra, 0.25);
  return scores;
}

/** Copies that add half of their cost, with scores up to `most`. */
function see(scores: ScoreHistogram, count: number, most: number): ScoreHistogram {
  const random = seededRandom(`scores up to ${most}`);
  for (let seen = 0; seen < count; seen += 1) scores.add(most * random(), 0.5, 1);
  return scores;
}

describe('a threshold', () => {
  test('lets through what a share pays for, and no more, to a step of the score', () => {
    fc.assert(
      fc.property(candidates, shares, (seen, share) => {
        const threshold = histogramOf(seen).thresholdFor(share);
        const extraFrom = (least: number) =>
          seen.reduce((sum, { score, extra }) => sum + (score >= least ? extra : 0), 0);
        const allowed = share * 0.25 * seen.length;
        expect(extraFrom(threshold === 0 ? 0 : threshold * STEP)).toBeLessThanOrEqual(allowed + 1e-9);
        const withNext = threshold === 0 ? Infinity : extraFrom(threshold / STEP);
        expect(withNext).toBeGreaterThan(allowed - 1e-9);
      }),
    );
  });

  test('falls with what may be spent', () => {
    fc.assert(
      fc.property(candidates, shares, shares, (seen, one, other) => {
        const scores = histogramOf(seen);
        expect(scores.thresholdFor(Math.max(one, other))).toBeLessThanOrEqual(
          scores.thresholdFor(Math.min(one, other)),
        );
      }),
    );
  });

  test('counts what is worth nothing among the candidates, and nobody spends on it', () => {
    const scores = see(new ScoreHistogram(), 300, 4);
    const before = scores.thresholdFor(0.1);
    for (let seen = 0; seen < 300; seen += 1) scores.add(0, 1, 1);
    expect(scores.thresholdFor(0.1)).toBeLessThan(0.8 * before);
    expect(scores.thresholdFor(0.5)).toBe(0);
  });

  test('goes by candidates of late: 500 of them, or as many as it is told to remember', () => {
    const after = (memory: number, later: number) => {
      const scores = new ScoreHistogram();
      scores.remember(memory);
      return see(see(scores, 5_000, 4), later, 40).thresholdFor(0.1);
    };
    const settled = see(new ScoreHistogram(), 5_000, 40).thresholdFor(0.1);
    expect(after(100, 2_500)).toBeGreaterThan(0.9 * settled);
    expect(after(100, 100)).toBeLessThan(0.8 * settled);
    expect(after(20_000, 500)).toBeLessThan(after(500, 500) / 2);
  });
});

describe('a stored histogram', () => {
  test('has the same thresholds after a round trip through JSON', () => {
    const scores = see(new ScoreHistogram(), 1_000, 10);
    const restored = ScoreHistogram.from(JSON.parse(JSON.stringify(scores.store())));
    for (const share of [0.02, 0.1, 0.4])
      expect(restored.thresholdFor(share)).toBeCloseTo(scores.thresholdFor(share), 2);
  });

  test('goes by candidates of late, too, where it is stored after each of them', () => {
    const whole = see(new ScoreHistogram(), 2_000, 4);
    let stored = see(new ScoreHistogram(), 2_000, 4);
    for (let seen = 0; seen < 1_000; seen += 1) {
      see(whole, 1, 40);
      stored = see(ScoreHistogram.from(JSON.parse(JSON.stringify(stored.store()))), 1, 40);
    }
    expect(stored.thresholdFor(0.1)).toBeCloseTo(whole.thresholdFor(0.1), 2);
  });

  const stored = new ScoreHistogram().store();
  test.each([
    ['nothing', undefined],
    ['without candidates', { ...stored, candidates: null }],
    ['without what is to fade', { ...stored, unfaded: undefined }],
    ['of another length', { ...stored, extra: stored.extra.slice(1) }],
    ['with one that is text', { ...stored, extra: stored.extra.map(() => '1') }],
  ])('is refused if it is %s', (_, broken) => {
    expect(() => ScoreHistogram.from(broken)).toThrow('broken');
  });
});

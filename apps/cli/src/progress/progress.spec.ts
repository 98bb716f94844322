import { describe, expect, test } from '@jest/globals';
import { Pace } from './pace.js';
import { progressBar, progressLine } from './progress-line.js';
import { ProgressDisplay } from './progress-display.js';

describe('a pace', () => {
  test('is unknown at first', () => {
    const pace = new Pace(0, 0);
    expect(pace.perSecond).toBe(0);
    expect(pace.secondsFor(1)).toBeUndefined();
  });

  test('forgets what was long ago', () => {
    const pace = new Pace(0, 0);
    for (let second = 1; second <= 60; second += 1) pace.note(second * 100, second * 1_000);
    expect(pace.perSecond).toBeCloseTo(100);
    for (let second = 61; second <= 80; second += 1) pace.note(6_000 + (second - 60) * 10, second * 1_000);
    expect(pace.perSecond).toBeCloseTo(10);
    expect(pace.secondsFor(100)).toBeCloseTo(10);
  });

  test('is that of the whole window, however often it is noted', () => {
    const pace = new Pace(0, 0);
    for (let ms = 1; ms <= 60_000; ms += 1) pace.note(ms, ms);
    expect(pace.perSecond).toBeCloseTo(1_000);
  });
});

describe('a line of progress', () => {
  const progress = { done: 4_200, failed: 3, total: 10_000, isTotalKnown: true };
  const speed = { perSecond: 85.4, remaining: 67.9 };

  test('has everything that is known', () => {
    expect(progressLine(progress, speed)).toBe('4,200 of 10,000 (42 %), 85/s, 1:08 to go, 3 failed');
    expect(progressLine({ ...progress, isTotalKnown: false }, speed)).toBe(
      '4,200 of 10,000 or more, 85/s, 3 failed',
    );
    expect(progressLine(progress, { perSecond: 1.25, remaining: 7_389 })).toContain('1.3/s, 2:03:09 to go');
    expect(progressLine({ ...progress, done: 9_999, failed: 0 }, speed)).toContain('(99 %)');
    expect(progressLine({ ...progress, done: 10_000, failed: 0 }, speed)).toBe(
      '10,000 of 10,000 (100 %), 85/s',
    );
  });

  test('has a bar in front where there is room', () => {
    const words = progressLine(progress, speed);
    expect(progressBar(progress, speed, 100, false)).toBe(`${'█'.repeat(10)}${'░'.repeat(14)} ${words}`);
    expect(progressBar(progress, speed, 100, true)).toContain('\u001b[32m');
    expect(progressBar(progress, speed, 60, false)).toBe(words);
    expect(progressBar(progress, speed, 20, false)).toHaveLength(20);
  });
});

describe('what shows it', () => {
  function display(isTTY: boolean, environment = {}) {
    const written: string[] = [];
    const clock = { ms: 0 };
    const stream = { write: (text: string) => written.push(text) > 0, isTTY, columns: 100 };
    const shown = new ProgressDisplay(stream, environment, () => clock.ms);
    const show = (atMs: number, done: number) => {
      clock.ms = atMs;
      shown.show({ done, failed: 0, total: 100, isTotalKnown: true });
    };
    return { written, show };
  }

  test('writes over its line on a terminal, ten times a second', () => {
    const { written, show } = display(true);
    for (let ms = 0; ms <= 1_000; ms += 10) show(ms, ms / 20);
    expect(written).toHaveLength(11);
    expect(written[1]).toContain(`\r\u001b[2K\u001b[32m█\u001b[0m${'░'.repeat(23)} 5 of 100`);
  });

  test('leaves colours out where NO_COLOR asks for it', () => {
    const { written, show } = display(true, { NO_COLOR: '1' });
    show(0, 50);
    expect(written.join('')).not.toContain('\u001b[32m');
  });

  test.each([
    ['no terminal', false, {}],
    ['one that can do nothing', true, { TERM: 'dumb' }],
  ])('writes a plain line each ten seconds to %s', (_what, isTTY, environment) => {
    const { written, show } = display(isTTY, environment);
    for (let ms = 0; ms <= 25_000; ms += 100) show(ms, ms / 500);
    expect(written).toEqual([
      '20 of 100 (20 %), 2.0/s, 0:40 to go\n',
      '40 of 100 (40 %), 2.0/s, 0:30 to go\n',
    ]);
  });
});

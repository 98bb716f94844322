import { expect, test } from '@jest/globals';
import { drawRatios } from './draw-ratios.js';

test('each server has two bars, as long as it did', () => {
  const picture = drawRatios('Reads', [
    { name: 'bare', ratio: 1, cpuRatio: 1 },
    { name: 'half', ratio: 0.5, cpuRatio: 0.25 },
  ]);
  const lengths = [...picture.matchAll(/<rect x="\d+" y="\d+" width="(\d+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(lengths.map((length) => length / lengths[0]!)).toEqual([
    1,
    1,
    expect.closeTo(0.5, 2),
    expect.closeTo(0.25, 2),
  ]);
  expect(picture).toContain('>0.25</text>');
});

test('a name is text', () => {
  expect(drawRatios('<b>', [{ name: '"&', ratio: 1, cpuRatio: 1 }])).not.toMatch(/<b>|"&</);
});

import { expect, test } from '@jest/globals';
import { typographic } from './typographic.js';

test.each([
  [`She said "no" and left`, 'She said “no” and left'],
  [`"It's Ada's," he said`, '“It’s Ada’s,” he said'],
  [`the readers' 'choice'`, 'the readers’ ‘choice’'],
  [`("quoted")`, '(“quoted”)'],
  [`5'10" tall`, `5'10" tall`],
  [`the "class of 2026"`, 'the “class of 2026”'],
  [`the '90s`, 'the ’90s'],
  [`no quotes`, 'no quotes'],
])('%s → %s', (straight, expected) => {
  expect(typographic(straight)).toBe(expected);
});

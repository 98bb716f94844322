import { expect, test } from '@jest/globals';
import { prettySize } from './pretty-size.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 kB'],
  [14_321, '14.3 kB'],
  [999_999, '1 MB'],
  [1_340_000, '1.34 MB'],
])('%i bytes are %s', (bytes, text) => {
  expect(prettySize(bytes)).toBe(text);
});

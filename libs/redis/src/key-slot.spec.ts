import { expect, test } from '@jest/globals';
import { keySlot } from './key-slot.js';

// What a server answers to CLUSTER KEYSLOT.
test.each([
  ['', 0],
  ['123456789', 12_739],
  ['foo', 12_182],
  ['warmlink:preview:3:0123456789abcdef', 8_799],
  ['{warmlink}:previews:wait', 11_495],
  ['{warmlink}', 11_495],
  ['foo{}{bar}', 8_363],
  ['foo{{bar}}zap', 4_015],
  ['foo{bar', 15_278],
  ['straße', 8_908],
])('the slot of "%s" is %i', (key, slot) => {
  expect(keySlot(key)).toBe(slot);
});

import { describe, expect, test } from '@jest/globals';
import { keepEventLoopTo, processorList, processorNumbers } from './processors.js';

describe('a list of processors', () => {
  test.each([
    ['0', [0]],
    ['0-3', [0, 1, 2, 3]],
    ['0,2-3,6', [0, 2, 3, 6]],
  ])('%s', (list, numbers) => {
    expect(processorNumbers(list)).toEqual(numbers);
    expect(processorList.parse(list)).toBe(list);
  });

  test.each(['', 'all', '-1', '1-', '3-1', '1;2', '0-9999', '1,', '0 ; reboot'])('"%s" is none', (list) => {
    expect(() => processorNumbers(list)).toThrow('such as 1 or 2-3');
    expect(processorList.safeParse(list).error?.issues[0]?.message).toContain('such as 1 or 2-3');
  });
});

test('there is no way to processors that there are not', () => {
  expect(() => keepEventLoopTo('8191')).toThrow(/^no way to processors 8191: /);
});

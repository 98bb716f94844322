import { expect, test } from '@jest/globals';
import { headerList, headerText } from './header-text.js';

test('headers are written a line each, and read from there', () => {
  const text = headerText({ age: '7', 'cache-tag': 'host-example.com,tag-a: b' });
  expect(text).toBe('age: 7\r\ncache-tag: host-example.com,tag-a: b\r\n');
  expect(headerList(text)).toEqual(['age', '7', 'cache-tag', 'host-example.com,tag-a: b']);
});

test('nothing is no text, and no headers', () => {
  expect(headerText({})).toBe('');
  expect(headerList('')).toEqual([]);
});

test.each([
  ['a line more in a value', { age: '7\r\nset-cookie: a=b' }],
  ['a line more in a name', { 'age: 7\r\nset-cookie': 'a=b' }],
  ['what is no byte', { age: '\u{2603}' }],
])('%s is refused', (_what, headers) => {
  expect(() => headerText(headers)).toThrow(/valid/i);
});

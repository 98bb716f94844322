import { describe, expect, test } from '@jest/globals';
import { passwordIn, secretIn } from './authorization-header.js';

const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

describe('an Authorization header', () => {
  test.each([
    ['Bearer wl_a-b_c', 'wl_a-b_c'],
    ['bearer  abc== ', 'abc=='],
    [basic('prometheus:secret'), 'secret'],
    [basic(':se:cr:et'), 'se:cr:et'],
    [basic('me:пароль'), 'пароль'],
  ])('%j holds the secret %j', (header, secret) => {
    expect(secretIn(header)).toBe(secret);
  });

  test.each(['', 'Bearer', 'Bearer ', 'Bearer a b', 'Basic', 'Basic %%%', 'Digest abc', 'Bearerabc'])(
    '%j holds none',
    (header) => {
      expect(secretIn(header)).toBe('');
    },
  );

  test('of a bearer is no log-in', () => {
    expect(passwordIn('Bearer abc')).toBe('');
    expect(passwordIn(basic('me:abc'))).toBe('abc');
  });
});

import { expect, test } from '@jest/globals';
import { cidrList, networksOf } from './networks.js';

test.each(['10.0.0.0/8', '0.0.0.0/0', 'fd00::/8', '::1/128'])('%s is a network', (text) => {
  expect(cidrList.parse(text)).toEqual([text]);
});

test.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'host/8', '10.0.0.0/8/8', '10.0.0.0/-1'])(
  '%s is none',
  (text) => {
    expect(cidrList.safeParse(text).success).toBe(false);
  },
);

test('an address is in a network in either of its forms', () => {
  const networks = networksOf(['10.0.0.0/8']);
  expect([networks.check('10.1.2.3'), networks.check('::ffff:10.1.2.3', 'ipv6')]).toEqual([true, true]);
  expect([networks.check('11.1.2.3'), networks.check('fd00::1', 'ipv6')]).toEqual([false, false]);
});

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { callerNetwork } from './caller-network.js';

const group = fc.integer({ min: 0, max: 0xffff });

const written = (groups: readonly number[]) => groups.map((each) => each.toString(16)).join(':');

/** In the shortest way, and never mapped: `URL` has no dots in IPv6. */
const shortened = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

describe('the network of a caller', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['0:2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
  ])('of %p is %p', (address, network) => {
    expect(callerNetwork(address)).toBe(network);
  });

  test('is one for all the addresses of a /64, and another for those of the next', () => {
    const half = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(half, half, half, (network, one, other) => {
        const nameOf = (...groups: readonly number[]) => callerNetwork(shortened(written(groups)));
        expect(nameOf(...network, ...one)).toBe(nameOf(...network, ...other));
        const next = [...network.slice(0, 3), network[3] ^ 1];
        expect(nameOf(...next, ...one)).not.toBe(nameOf(...network, ...one));
      }),
    );
  });
});

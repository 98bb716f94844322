import { describe, expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { CallerAddresses, trustProxy } from './caller-addresses.js';

const PEER = '10.0.0.1';

function addressOf(setting: string | undefined, forwarded?: string, peer: string | undefined = PEER): string {
  const addresses = new CallerAddresses(setting === undefined ? undefined : trustProxy.parse(setting));
  return addresses.of({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: peer } as IncomingMessage['socket'],
  });
}

describe("a caller's address", () => {
  test.each([undefined, '0'])('is that of the socket where no proxy is trusted (%s)', (setting) => {
    expect(addressOf(setting)).toBe(PEER);
    expect(addressOf(setting, '1.1.1.1')).toBe(PEER);
  });

  test.each([
    ['1', '1.1.1.1', '1.1.1.1'],
    ['1', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['2', '6.6.6.6, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
    ['2', '1.1.1.1', '1.1.1.1'], // who came round the outer proxy
    ['1', undefined, PEER],
    ['1', '', PEER],
    ['3', '6.6.6.6,,1.1.1.1', '1.1.1.1'],
  ])('behind %s proxies that say %j is %s, whatever stands before it', (setting, forwarded, address) => {
    expect(addressOf(setting, forwarded)).toBe(address);
  });

  test.each([
    ['1.1.1.1', '1.1.1.1'],
    ['6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['6.6.6.6, 1.1.1.1, 10.2.3.4', '1.1.1.1'],
    ['6.6.6.6, 10.9.9.9, 1.1.1.1, 10.2.3.4, fd00::7', '1.1.1.1'],
    ['10.1.1.1, 10.2.3.4', '10.1.1.1'], // all of them ours: the first is the caller
    [undefined, PEER],
  ])('behind proxies in trusted networks that say %j is %s', (forwarded, address) => {
    expect(addressOf('10.0.0.0/8, fd00::/8', forwarded)).toBe(address);
  });

  test('is that of the socket for who comes from elsewhere, whatever he says', () => {
    expect(addressOf('10.0.0.0/8', '1.1.1.1, 10.0.0.1', '8.8.8.8')).toBe('8.8.8.8');
  });

  test('is found where a proxy comes in over IPv6, in either form', () => {
    expect(addressOf('10.0.0.0/8', '1.1.1.1', '::ffff:10.0.0.1')).toBe('1.1.1.1');
    expect(addressOf('fd00::/8', '1.1.1.1', 'fd00::1')).toBe('1.1.1.1');
  });

  test.each([
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::ffff:1.1.1.1', '1.1.1.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['1.1.1.1:8080', '1.1.1.1'],
  ])('is written the same however a proxy writes it: %s', (forwarded, address) => {
    expect(addressOf('1', forwarded)).toBe(address);
  });

  test.each([
    'unknown',
    '_hidden',
    '1.1.1',
    '01.1.1.1',
    '1.1.1.1.1',
    'x'.repeat(10_000),
    '1.1.1.1 6.6.6.6',
    '::1::',
  ])('is that of the proxy where that wrote no address: %s', (forwarded) => {
    expect(addressOf('1', `6.6.6.6, ${forwarded}`)).toBe(PEER);
  });

  test('is unknown once he has hung up', () => {
    const addresses = new CallerAddresses(trustProxy.parse('1'));
    expect(addresses.of({ headers: {}, socket: {} as IncomingMessage['socket'] })).toBe('');
  });

  test.each(['yes', 'true', '-1', '33', '10.0.0.1', '10.0.0.0/33', 'proxy.example'])(
    'is not had from the setting %s',
    (setting) => {
      expect(trustProxy.safeParse(setting).success).toBe(false);
    },
  );
});

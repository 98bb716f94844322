import { describe, expect, test } from '@jest/globals';
import { AddressBlocked, AddressGuard } from './address-guard.js';

const guard = new AddressGuard({ ports: [80, 443], allowCidrs: [] });

describe('the address guard', () => {
  test.each(['93.184.216.34', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001:81b::200e'])(
    'lets %s through',
    (address) => {
      expect(guard.allows(address, 443)).toBe(true);
    },
  );

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:93.184.216.34',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ])('refuses %s', (address) => {
    expect(guard.allows(address, 443)).toBe(false);
  });

  test('refuses other ports', () => {
    expect(guard.allows('1.1.1.1', 22)).toBe(false);
    expect(guard.allows('1.1.1.1', 6379)).toBe(false);
  });

  test('refuses what is no address', () => {
    expect(guard.allows('localhost', 80)).toBe(false);
    expect(guard.allows('', 80)).toBe(false);
  });

  test('lets through on every port what is named', () => {
    const open = new AddressGuard({ ports: [443], allowCidrs: ['127.0.0.0/8', 'fd00::/8'] });
    expect(open.allows('127.0.0.2', 8080)).toBe(true);
    expect(open.allows('fd00::5', 8080)).toBe(true);
    expect(open.allows('10.0.0.1', 443)).toBe(false);
    expect(open.allows('1.1.1.1', 80)).toBe(false);
  });
});

describe('a host', () => {
  const check = (host: string, ...addresses: string[]) => guard.check(host, addresses, 443);
  const intranet = new AddressGuard({ ports: [443], allowCidrs: ['10.0.0.0/8'] });

  test('is let through by all of its addresses, or by none', () => {
    expect(() => check('example.com', '1.1.1.1', '2606:4700::1111')).not.toThrow();
    expect(() => check('example.com', '1.1.1.1', '127.0.0.1')).toThrow(AddressBlocked);
    expect(() => check('example.com', '::1', '1.1.1.1')).toThrow(AddressBlocked);
  });

  test.each([
    'localhost',
    'LOCALHOST.',
    'foo.localhost',
    'localhost.localdomain',
    'postgres',
    'printer.local',
    'x.internal',
    'kubernetes.default.svc',
    'nas.home.arpa',
    'metadata.packet.net',
  ])('that is called %s has no public address, whatever a resolver says', (host) => {
    expect(() => check(host, '1.1.1.1')).toThrow(AddressBlocked);
  });

  test('of a private name is let through where its network is named', () => {
    expect(() => intranet.check('wiki', ['10.0.0.1'], 8080)).not.toThrow();
    expect(() => intranet.check('wiki.internal', ['10.0.0.1', '1.1.1.1'], 443)).toThrow(AddressBlocked);
  });

  test.each(['example.com.', 'local.example', 'bücher.example', 'home.example.org', '1.1.1.1'])(
    'that is called %s is as public as its addresses',
    (host) => {
      expect(() => check(host, '1.1.1.1')).not.toThrow();
    },
  );
});

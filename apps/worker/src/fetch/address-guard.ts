import { type BlockList, isIP } from 'node:net';
import { networksOf } from '#libs/settings';

/** The address that a connection would go to is not one that a stranger may have us visit. */
export class AddressBlocked extends Error {
  constructor(
    readonly address: string,
    readonly port: number,
  ) {
    super(`${address} port ${port} is not a public address on an allowed port`);
    this.name = 'AddressBlocked';
  }
}

export interface AddressGuardOptions {
  /** Ports that public addresses may be visited on. */
  readonly ports: readonly number[];
  /** Networks in CIDR form that may be visited on every port: a test's loopback, an intranet that is to be previewed. */
  readonly allowCidrs: readonly string[];
}

/**
 * Decides which addresses may be connected to: public unicast ones on allowed ports, and what `allowCidrs` names.
 * It judges resolved addresses, where the connection is made. A public name says nothing: whoever owns it can have it
 * point anywhere, and elsewhere a moment later.
 */
export class AddressGuard {
  private readonly ports: ReadonlySet<number>;
  private readonly allowed: BlockList;

  constructor(options: AddressGuardOptions) {
    this.ports = new Set(options.ports);
    this.allowed = networksOf(options.allowCidrs);
  }

  /**
   * Lets a host through by all the addresses that its name has just now, or by none: a name that is public and private at once is an
   * attempt, and connecting would be a race between the two.
   *
   * @throws {AddressBlocked}
   */
  check(host: string, addresses: readonly string[], port: number): void {
    const allows = isPrivateName(host)
      ? (address: string) => this.isNamed(address)
      : (address: string) => this.allows(address, port);
    const refused = addresses.find((address) => !allows(address));
    if (refused !== undefined) throw new AddressBlocked(refused, port);
  }

  allows(address: string, port: number): boolean {
    if (this.isNamed(address)) return true;
    return this.ports.has(port) && isPublic(address, isIP(address));
  }

  private isNamed(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.allowed.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/**
 * Ends of names that aren't public: reserved ones (RFC 6761, 6762, 8375, ICANN's `internal`), what local networks use, and names by which clouds
 * tell their machines secrets, some of them at addresses that look public.
 */
const PRIVATE_SUFFIX = new RegExp(
  String.raw`(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|svc|home\.arpa|` +
    String.raw`metadata\.packet\.net|metadata\.platformequinix\.com|metadata\.tencentyun\.com)$`,
);

/**
 * Whether a name is one of a network of ours, whatever a resolver says: a host of such a name has to lie in `allowCidrs`.
 * Single labels belong to it, which search domains complete.
 */
function isPrivateName(host: string): boolean {
  if (isIP(host) !== 0) return false;
  const name = host.toLowerCase().replace(/\.$/, '');
  return !name.includes('.') || PRIVATE_SUFFIX.test(name);
}

/**
 * IPv4 networks that are not public unicast: the IANA special-purpose registry, multicast and the reserved rest; and one address
 * that looks public, at which Azure's machines reach their host.
 */
const SPECIAL_IPV4 = networksOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

/** Global unicast IPv6 is 2000::/3; all outside it (mapped, NAT64, local, multicast …) is refused without being listed. */
const GLOBAL_IPV6 = networksOf(['2000::/3']);

/** Parts of 2000::/3 that lead somewhere else: protocol assignments, Teredo, documentation, 6to4. */
const SPECIAL_IPV6 = networksOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

function isPublic(address: string, family: number): boolean {
  if (family === 0) return false;
  if (family === 4) return !SPECIAL_IPV4.check(address, 'ipv4');
  return GLOBAL_IPV6.check(address, 'ipv6') && !SPECIAL_IPV6.check(address, 'ipv6');
}

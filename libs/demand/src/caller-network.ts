/** Groups of 16 bits in an IPv6 address, and in the part of it that names one owner's network. */
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** How IPv4 callers look to a server that listens on IPv6. */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * Whom an address counts for: IPv4 addresses are had one by one; of IPv6 everyone has a /64 at least, and could come from another address of it
 * each time.
 *
 * @param address as Node writes those of peers: in lower case, in the shortest way
 */
export function callerNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return `${groupsOf(address).slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

/** With the zeros that `::` stands for. */
function groupsOf(address: string): readonly string[] {
  const [before = [], after] = address.split('::').map((part) => part.split(':').filter(Boolean));
  if (after === undefined) return before;
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after];
}

import { promises as dns } from 'node:dns';

/** Turns a host name into all of its addresses, in the order in which they are to be tried. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** By the system's own means: the hosts file and search domains as well as DNS. */
export const systemResolve: Resolve = async (hostname) => {
  const found = await dns.lookup(hostname, { all: true });
  return found.map(({ address }) => address);
};

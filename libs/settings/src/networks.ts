import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { commaList } from './list.js';

/** Networks in CIDR form, written with commas between. */
export const cidrList = commaList.pipe(
  z.array(z.string().refine(isCidr, 'expected networks such as 127.0.0.0/8 with commas between')),
);

/** To ask whether an address is in one of these networks; IPv4 addresses in their IPv6 form are, too. */
export function networksOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    list.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether a text names a network, such as `10.0.0.0/8` or `fd00::/8`. */
function isCidr(text: string): boolean {
  const [network = '', bits = '', ...more] = text.split('/');
  const family = isIP(network);
  return (
    family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32)
  );
}

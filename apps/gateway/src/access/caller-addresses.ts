import { isIP, SocketAddress } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cidrList, networksOf } from '#libs/settings';

type Request = Pick<FastifyRequest['raw'], 'headers' | 'socket'>;

/** Whether the sender of a request says the truth of whom he has it from: of the peer itself `distance` is 0, of whom that names 1, and so on. */
type IsTrusted = (address: string, distance: number) => boolean;

const NOBODY: IsTrusted = () => false;

/** Most proxies one behind the other. */
const MOST_HOPS = 32;

/** `TRUST_PROXY`: how many proxies a request comes through, or the networks that they are in. */
export const trustProxy = z.union(
  [
    z
      .string()
      .regex(/^\d{1,2}$/)
      .transform(Number)
      .refine((hops) => hops <= MOST_HOPS)
      .transform(
        (hops): IsTrusted =>
          (_address, distance) =>
            distance < hops,
      ),
    cidrList.transform((cidrs): IsTrusted => {
      const networks = networksOf(cidrs);
      return (address) => networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
    }),
  ],
  `expected a number of proxies up to ${MOST_HOPS}, or networks such as 10.0.0.0/8 with commas between`,
);

/**
 * Tells which address a request comes from. `X-Forwarded-For` is a list that anybody can begin and each proxy adds to, at its end, whom it has the
 * request from: it is read from there, and for as long as who wrote is trusted.
 */
export class CallerAddresses {
  constructor(private readonly isTrusted: IsTrusted = NOBODY) {}

  /** In the way that Node writes addresses; empty once the caller has hung up, as nobody knows it any more. */
  of({ headers, socket }: Request): string {
    const peer = socket.remoteAddress ?? '';
    if (this.isTrusted === NOBODY || peer === '') return peer;
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    let address = normal(peer) ?? peer;
    for (let distance = 0; this.isTrusted(address, distance); distance += 1) {
      const before = normal(forwarded.pop()?.trim() ?? '');
      if (before === undefined) break; // the end of the list, or nothing that a trustworthy proxy writes
      address = before;
    }
    return address;
  }
}

/** An address as some proxies write it, with its port or in brackets, as Node does. */
function normal(text: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  switch (isIP(bare)) {
    case 4:
      return bare;
    case 6: {
      const { address } = new SocketAddress({ address: bare.replace(/%.*$/, ''), family: 'ipv6' });
      return address.replace(/^::ffff:(?=\d+\.)/, '');
    }
    default:
      return undefined;
  }
}

import { isIP } from 'node:net';
import type { Resolve } from '../resolve.js';

/** An address that anybody may be visited at. */
export const PUBLIC_ADDRESS = '93.184.215.14';

const LOOPBACK = ['127.0.0.1'];
const METADATA = ['169.254.169.254'];

/** Names that lead inside although they look like any other. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'localtest.me': ['::1', '127.0.0.1'],
  'lvh.me': LOOPBACK,
  'localh.st': LOOPBACK,
  'metadata.tencentyun.com': METADATA,
};

/**
 * What a name stands for, at the first look-up, the second, and so on. Names that carry addresses (nip.io, 1u.ms, rbndr.us) mean them; all that
 * isn't known is public, private names too: that is the answer that makes a guard's work hardest.
 */
export function answersFor(hostname: string): readonly (readonly string[])[] {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  const rebinding = /(?:^|\.)make-([\d.]+)-rebind-([\d.-]+?)-rr\.1u\.ms$/.exec(name);
  if (rebinding !== null) return rebinding.slice(1).map((address) => [address.replaceAll('-', '.')]);
  const alternating = /^([\da-f]{8})\.([\da-f]{8})\.rbndr\.us$/.exec(name);
  if (alternating !== null) return alternating.slice(1).map((hex) => [fromHex(hex)]);
  const carried = /(?:^|[.-])(\d+[.-]\d+[.-]\d+[.-]\d+)\.(?:nip|sslip|xip)\.io$/
    .exec(name)?.[1]
    ?.replaceAll('-', '.');
  if (carried !== undefined && isIP(carried) !== 0) return [[carried]];
  if (name.startsWith('private.')) return [['10.1.2.3']];
  return [KNOWN[name] ?? [PUBLIC_ADDRESS]];
}

/** Answers one after the other; the last one stays. */
export function inTurn(answers: readonly (readonly string[])[]): Resolve {
  const left = [...answers];
  return () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? []);
}

function fromHex(hex: string): string {
  return [...Buffer.from(hex, 'hex')].join('.');
}

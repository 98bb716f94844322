import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { AddressBlocked, type AddressGuard } from './address-guard.js';

export interface GuardedAgentOptions {
  readonly guard: AddressGuard;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Longest silence within a body, in ms. */
  readonly bodyTimeoutMs: number;
}

/**
 * The only way out to foreign hosts: an HTTP agent whose every connection, to a literal address or a resolved name, passes the
 * guard at the moment it is made. The address that was judged is the one that is connected to; there is no second look-up in between.
 */
export function guardedAgent(options: GuardedAgentOptions): Agent {
  return new Agent({
    connect: guardedConnector(options),
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    maxHeaderSize: 32 * 1024,
    keepAliveTimeout: 4_000,
    connections: 8,
  });
}

function guardedConnector({ guard, connectTimeoutMs }: GuardedAgentOptions): buildConnector.connector {
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    // Node resolves no literal address, so `lookup` would never see it.
    if (isIP(literal) !== 0 && !guard.allows(literal, port)) {
      callback(new AddressBlocked(literal, port), null);
      return;
    }
    const connect = buildConnector({ timeout: connectTimeoutMs, lookup: guardedLookup(guard, port) });
    connect(target, callback);
  };
}

/** Resolves a name and hands on only those of its addresses that the guard allows. */
function guardedLookup(guard: AddressGuard, port: number): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error, []);
      const allowed = addresses.filter(({ address }) => guard.allows(address, port));
      if (allowed.length === 0) return callback(new AddressBlocked(first.address, port), []);
      return answer(allowed, options.all === true, callback);
    });
  };
}

function answer(addresses: LookupAddress[], all: boolean, callback: Parameters<LookupFunction>[2]): void {
  const [first] = addresses;
  if (all || first === undefined) callback(null, addresses);
  else callback(null, first.address, first.family);
}

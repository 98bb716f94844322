import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Agent, type buildConnector, errors } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { type Dial, dialDirectly } from './dial.js';
import { type Resolve, systemResolve } from './resolve.js';

export interface GuardedAgentOptions {
  readonly guard: AddressGuard;
  /** Longest time for look-up, connection and TLS together, in ms. */
  readonly connectTimeoutMs: number;
  /** Longest wait for a whole head after a request was sent, in ms. */
  readonly headersTimeoutMs: number;
  /** Longest silence within a body, in ms. */
  readonly bodyTimeoutMs: number;
  /** Default: the system's. */
  readonly resolve?: Resolve;
  /** How judged addresses are reached; default: directly. */
  readonly dial?: Dial;
  /** Certificates to trust instead of those that Node trusts, as PEM. */
  readonly ca?: string;
}

/** Most of a head that is read, in bytes; trailers count. */
const MAX_HEAD_BYTES = 32 * 1024;

/**
 * The only way out to foreign hosts: an HTTP agent whose every connection, to a literal address or a resolved name, passes the
 * guard at the moment it is made. The address that was judged is the one that is connected to; there is no second look-up in between.
 */
export function guardedAgent(options: GuardedAgentOptions): Agent {
  return new Agent({
    connect: guardedConnector(options),
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    maxHeaderSize: MAX_HEAD_BYTES,
    keepAliveTimeout: 4_000,
    connections: 8,
  });
}

function guardedConnector(options: GuardedAgentOptions): buildConnector.connector {
  return (target, callback) => {
    const signal = AbortSignal.timeout(options.connectTimeoutMs);
    connection(options, target, signal).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(signal.aborted ? new errors.ConnectTimeoutError() : error, null),
    );
  };
}

async function connection(
  { guard, resolve = systemResolve, dial = dialDirectly, ca }: GuardedAgentOptions,
  target: buildConnector.Options,
  signal: AbortSignal,
): Promise<Socket> {
  const isSecure = target.protocol === 'https:';
  const port = target.port === '' ? (isSecure ? 443 : 80) : Number(target.port);
  const hostname = target.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(hostname) === 0 ? await unlessAborted(resolve(hostname), signal) : [hostname];
  if (addresses.length === 0) throw new Error(`${hostname} has no address`);
  guard.check(hostname, addresses, port);
  const socket = await dial({ hostname, addresses, port }, signal);
  return isSecure ? secured(socket, hostname, ca, signal) : socket;
}

/** TLS with whoever was reached, who has to prove to be the host that was asked for. */
async function secured(
  socket: Socket,
  hostname: string,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secure = connectTls({
    socket,
    host: hostname,
    ...(isIP(hostname) === 0 && { servername: hostname }), // an address must not be sent as a name (RFC 6066)
    ALPNProtocols: ['http/1.1'],
    ...(ca !== undefined && { ca }),
  });
  try {
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (error) {
    secure.on('error', () => undefined).destroy();
    throw error;
  }
}

/** The system's look-up can't be called off; it can be left behind. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}

import { type ClientRequest, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Dial } from './dial.js';

/** The outbound proxy can't be reached, or doesn't let us in: a fault of our own, which says nothing about an origin. */
export class ProxyFailed extends Error {
  readonly code = 'EPROXY';

  constructor(why: string, options?: ErrorOptions) {
    super(`The outbound proxy ${why}.`, options);
    this.name = 'ProxyFailed';
  }
}

/** The proxy was asked, and could not connect. */
export class TunnelRefused extends Error {
  readonly code: string;

  constructor(statusCode: number) {
    super(`The outbound proxy answered ${statusCode}.`);
    this.name = 'TunnelRefused';
    this.code = `EPROXY_${statusCode}`;
  }
}

/**
 * Through an HTTP proxy, by CONNECT to the address that was judged and not to the name, which the proxy would look up once more.
 *
 * @param proxyUrl http(s), with credentials where the proxy wants them
 */
export function dialThrough(proxyUrl: string): Dial {
  const proxy = new URL(proxyUrl);
  return async ({ addresses, port }, signal) => {
    let refusal: unknown;
    for (const address of addresses) {
      try {
        return await tunnel(
          proxy,
          isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`,
          signal,
        );
      } catch (error) {
        if (!(error instanceof TunnelRefused)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  };
}

async function tunnel(proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  const connecting = (proxy.protocol === 'https:' ? requestSecurely : request)({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization(proxy) },
    agent: false,
  });
  const giveUp = () => connecting.destroy(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await tunnelOf(connecting);
  } catch (cause) {
    if (signal.aborted || cause instanceof ProxyFailed || cause instanceof TunnelRefused) throw cause;
    throw new ProxyFailed('can not be reached', { cause });
  } finally {
    signal.removeEventListener('abort', giveUp); // the tunnel outlives the wait for it
  }
}

function tunnelOf(connecting: ClientRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connecting.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      return reject(
        statusCode === 407 ? new ProxyFailed('asks for other credentials') : new TunnelRefused(statusCode),
      );
    });
    connecting.once('response', (response) => {
      response.destroy();
      reject(new ProxyFailed('does not know CONNECT'));
    });
    connecting.on('error', reject);
    connecting.end();
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

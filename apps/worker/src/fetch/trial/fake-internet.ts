import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Dial } from '../dial.js';
import type { Resolve } from '../resolve.js';
import { ThrowawayAuthority } from './throwaway-certificate.js';

/** A connection that somebody made. */
export interface Connection {
  readonly hostname: string;
  readonly address: string;
  readonly port: number;
}

/** Answers for every host there is. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * All of the internet, on this machine: names have the addresses that it is told, every address is answered by one and the same server, over
 * http and https, and each connection is noted down before its first byte. Given to the real agent in place of DNS and TCP.
 */
export class FakeInternet {
  readonly connections: Connection[] = [];
  private names: Resolve = () => Promise.reject(new Error('nobody was told of any name'));
  private answering: Answering = (_request, response) => void response.writeHead(404).end();
  private readonly authority = new ThrowawayAuthority();
  private readonly plain: Server = createServer((...exchange) => this.answering(...exchange));
  private readonly secure: Server = createSecureServer(
    { SNICallback: (name, done) => done(null, createSecureContext(this.authority.issue(name))) },
    (...exchange) => this.answering(...exchange),
  );

  private constructor() {}

  static async start(): Promise<FakeInternet> {
    const internet = new FakeInternet();
    for (const server of [internet.plain, internet.secure]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return internet;
  }

  /** Forgets what was, and is from now on like this. */
  become(names: Resolve, answering: Answering): void {
    this.connections.length = 0;
    this.names = names;
    this.answering = answering;
  }

  readonly resolve: Resolve = (hostname) => this.names(hostname);

  readonly dial: Dial = async ({ hostname, addresses, port }, signal) => {
    const [address = ''] = addresses;
    this.connections.push({ hostname, address, port });
    const socket = connect(await this.serverFor(port), '127.0.0.1');
    await once(socket, 'connect', { signal });
    return socket;
  };

  /** The certificate that a visitor has to trust, as PEM. */
  get ca(): string {
    return this.authority.cert;
  }

  async stop(): Promise<void> {
    for (const server of [this.plain, this.secure]) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  }

  /** Which protocol is spoken is told by the port, as everywhere. */
  private async serverFor(port: number): Promise<number> {
    const { port: local } = (port === 443 ? this.secure : this.plain).address() as AddressInfo;
    return local;
  }
}

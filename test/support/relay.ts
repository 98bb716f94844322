import { createServer, type IncomingHttpHeaders, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageHandler } from './fake-site.js';

/** A request as it passed. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** When it came, by a clock that never jumps, in ms. */
  readonly at: number;
}

/** Stands between clients and a gateway and remembers what they asked, which no gateway tells. */
export class Relay {
  private readonly passed: Passed[] = [];
  private readonly instead = new Map<string, PageHandler>();
  private readonly server: Server;

  private constructor(gateway: URL) {
    this.server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', gateway);
      const { method = '', headers } = request;
      this.passed.push({ method, path: pathname, query: searchParams, headers, at: performance.now() });
      const handler = this.instead.get(searchParams.get('url') ?? '');
      if (handler !== undefined) return handler(request, response);
      const { hostname, port } = gateway;
      const onward = send({ hostname, port, path: request.url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.once('error', () => response.destroy());
      request.pipe(onward);
    });
  }

  static async start(gateway: { readonly url: string }): Promise<Relay> {
    const relay = new Relay(new URL(gateway.url));
    await new Promise<void>((resolve) => relay.server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What was asked about a page, in order. */
  about(page: string): readonly Passed[] {
    return this.passed.filter(({ query }) => query.get('url') === page);
  }

  /** Answers for the gateway whatever is asked about a page. */
  answerInstead(page: string, handler: PageHandler): void {
    this.instead.set(page, handler);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site on loopback with a page at every path, that counts who came. */
export class BenchSite {
  private count = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.count += 1;
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>${request.url}</title>`);
    });
  }

  static async start(): Promise<BenchSite> {
    const server = createServer();
    const site = new BenchSite(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return site;
  }

  get visits(): number {
    return this.count;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${encodeURIComponent(path)}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A foreign site: a real HTTP server on a loopback address, that counts who came. 127.0.0.2, .3 … are distinct hosts. */
export class FakeSite {
  private readonly pages = new Map<string, PageHandler>();
  private readonly visits: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((request, response) => {
      const path = request.url ?? '/';
      this.visits.push(path);
      const page = this.pages.get(path.split('?', 1)[0] ?? '');
      if (page === undefined) response.writeHead(404).end();
      else page(request, response);
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(address = '127.0.0.1'): Promise<FakeSite> {
    const site = new FakeSite();
    await new Promise<void>((resolve) => site.server.listen(0, address, resolve));
    return site;
  }

  url(path: string): string {
    const { address, port } = this.server.address() as AddressInfo;
    return `http://${address}:${port}${path}`;
  }

  /** Serves HTML at a path. */
  page(path: string, html: string): this {
    return this.on(path, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
    });
  }

  on(path: string, handler: PageHandler): this {
    this.pages.set(path, handler);
    return this;
  }

  /** Serves HTML at a path once `open` is called; until then visitors wait. */
  gatedPage(path: string, html: string): { open(): void; readonly arrived: Promise<void> } {
    let open: () => void = () => undefined;
    let arrive: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    this.on(path, (_request, response) => {
      arrive();
      void gate.then(() => response.writeHead(200, { 'content-type': 'text/html' }).end(html));
    });
    return { open, arrived };
  }

  visitsTo(path: string): number {
    return this.visits.filter((visit) => visit === path).length;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A page with a title, and what else a test wants in its head. */
export function html(title: string, head = ''): string {
  return `<!doctype html><html lang="en"><head><title>${title}</title>${head}</head><body><h1>${title}</h1></body></html>`;
}

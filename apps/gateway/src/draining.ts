import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { standBefore } from './stand-before.js';

type Exchange = [request: FastifyRequest['raw'], response: FastifyReply['raw']];

/** Times in ms, from the moment at which the process is told to end. */
export interface DrainOptions {
  /** How long it goes on taking connections, for balancers to notice that it isn't ready any more. */
  readonly delayMs: number;
  /** When what is still unanswered is broken off. */
  readonly timeoutMs: number;
}

/** Who can let go of connections over which nothing is owed. */
interface ConnectionKeeper {
  closeIdleConnections(): void;
}

/** How often connections that have got idle are let go of, in ms. */
const LET_GO_MS = 100;

/**
 * A gateway's way out: it says that it isn't ready, asks who has a connection to make the next one elsewhere, takes no more connections after a while, and ends when
 * all who asked have their answers. Nobody is refused meanwhile: who comes late over an old connection is answered, too, and told to come by another from then on.
 */
@Injectable()
export class Draining implements BeforeApplicationShutdown {
  private readonly begun = new AbortController();
  private server: FastifyInstance['server'] | undefined;
  private keepers: readonly ConnectionKeeper[] = [];

  constructor(private readonly options: DrainOptions) {}

  /** Aborted when the end begins: for answers that would go on for as long as somebody listens. */
  get signal(): AbortSignal {
    return this.begun.signal;
  }

  /**
   * Call it once, after everybody else who wants to see requests first.
   *
   * @param keepers who else keeps connections of this server
   */
  watch(server: FastifyInstance['server'], keepers: readonly ConnectionKeeper[]): void {
    this.server = server;
    this.keepers = [server, ...keepers];
    const told = new WeakSet<FastifyRequest['raw']['socket']>();
    const answer = standBefore<Exchange>(server, 'request', (request, response) => {
      if (this.signal.aborted) {
        // What comes behind an answer that ends the connection would be worked on for nobody (RFC 9112, section 9.6).
        if (told.has(request.socket)) return;
        told.add(request.socket);
        response.shouldKeepAlive = false;
      }
      answer(request, response);
    });
  }

  /** The framework closes the server when this has resolved. */
  async beforeApplicationShutdown(): Promise<void> {
    this.begun.abort();
    const { delayMs, timeoutMs } = this.options;
    await pause(delayMs);
    const { server } = this;
    if (server === undefined) return;
    // Closing lets go of what is idle at that moment. What has its answer later would be kept, for a next request, for longer than anybody waits for an end.
    const letGo = setInterval(() => {
      for (const keeper of this.keepers) keeper.closeIdleConnections();
    }, LET_GO_MS).unref();
    const breakOff = setTimeout(() => server.closeAllConnections(), Math.max(0, timeoutMs - delayMs)).unref();
    server.once('close', () => {
      clearInterval(letGo);
      clearTimeout(breakOff);
    });
  }
}

import { Duplex } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { LaneRequest } from './hot-lane.js';

type Socket = LaneRequest['socket'];

/** What becomes of the connection behind it. */
export interface Lender {
  /** A request that was lent has its answer. */
  answered(): void;
  /** Node is done with the connection. */
  letGo(): void;
}

/**
 * A connection as Node's HTTP sees one that it isn't alone on: what came over it is passed on piece by piece, and what is written to it goes out as it is. (`server.emit('connection', …)` takes any
 * Duplex, says Node's documentation.)
 */
export class LentConnection extends Duplex {
  private request: LaneRequest | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly lender: Lender,
  ) {
    super({ allowHalfOpen: true, decodeStrings: false });
  }

  /** For those who ask where a request comes from. */
  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress;
  }

  /** Passes on one request, whole. */
  lend(piece: Buffer, request: LaneRequest): void {
    this.request = request;
    this.pass(piece);
  }

  /**
   * For when Node has read a request.
   *
   * @param response its own
   * @returns what was lent, if that is what it read: the lane has tried it
   */
  begin(response: FastifyReply['raw']): LaneRequest | undefined {
    const { request } = this;
    this.request = undefined;
    if (request !== undefined) response.once('close', () => this.lender.answered());
    return request;
  }

  pass(piece: Buffer): void {
    if (!this.push(piece)) this.socket.pause();
  }

  /** The peer sends no more. */
  passEnd(): void {
    this.push(null);
  }

  /** @param ms of silence; 0: for ever */
  setTimeout(ms: number): void {
    this.socket.setTimeout(ms);
  }

  /** As a socket does it, for Node to end a connection after its last answer. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(
    piece: string | Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.socket.write(piece, encoding, done);
  }

  /** A head goes out with its body, as it does where Node writes to a socket. */
  override _writev(
    pieces: { chunk: string | Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const last = pieces.pop()!;
    this.socket.cork();
    for (const { chunk, encoding } of pieces) this.socket.write(chunk, encoding);
    this.socket.write(last.chunk, last.encoding, done);
    this.socket.uncork();
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.lender.letGo();
    done(error);
  }
}

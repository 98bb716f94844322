import type { PreviewResponse } from '../previews/preview-responses.js';
import { directText } from './direct-text.js';
import type { AdmittedRead, Exchange, HotLane, LaneRequest } from './hot-lane.js';
import { LentConnection } from './lent-connection.js';
import { WholeRequests } from './whole-requests.js';

type Socket = LaneRequest['socket'];

/** Whom a connection belongs to. */
export interface Surroundings {
  readonly lane: HotLane;
  /** Has Node's HTTP read from it. */
  readonly adopt: (connection: Socket | LentConnection) => void;
  /** Whether connections are to end with their next answer. */
  readonly isEnding: () => boolean;
  /** How long it may be silent before its first request, in ms. */
  readonly arrivalMs: number;
  /** How long it may be silent between two requests, in ms. */
  readonly keepAliveMs: number;
}

/**
 * - `idle`: nothing is owed.
 * - `looking`: a request waits for a look at the lower tiers.
 * - `lent`: Node's HTTP has one request of it.
 * - `given`: Node's HTTP has it for good.
 */
type State = 'idle' | 'looking' | 'lent' | 'given';

/**
 * One connection, whose requests are answered as they are read where the hot lane knows the answer. A request that it doesn't know is lent to Node's HTTP, and goes the ordinary way; a connection over which
 * anything else comes — a body, a head in pieces, a request before the last one's answer — is Node's for good.
 */
export class DirectConnection {
  private state: State = 'idle';
  private readonly requests: WholeRequests;
  private lent: LentConnection | undefined;
  /** What came while a look was under way. */
  private readonly early: Buffer[] = [];
  private hasAsked = false;
  private isLastAnswer = false;

  constructor(
    private readonly socket: Socket,
    private readonly surroundings: Surroundings,
  ) {
    this.requests = new WholeRequests(socket);
    for (const [event, listener] of this.listeners) socket.on(event, listener);
    socket.setTimeout(surroundings.arrivalMs);
  }

  /** Ends it where no request is under way. */
  letGoIfIdle(): void {
    if (this.state === 'idle') this.socket.destroySoon();
  }

  private readonly listeners: readonly (readonly [string, (piece: Buffer) => void])[] = [
    ['data', (piece) => this.read(piece)],
    ['end', () => this.readEnd()],
    ['timeout', () => (this.state === 'idle' ? this.socket.destroySoon() : this.lent?.emit('timeout'))],
    ['close', () => this.lent?.destroy()],
    ['error', () => undefined], // it is closed, then
  ];

  private read(piece: Buffer): void {
    switch (this.state) {
      case 'idle':
        return this.take(piece);
      case 'looking':
        this.early.push(piece);
        this.socket.pause();
        return;
      case 'lent':
        this.state = 'given';
        return this.lent!.pass(piece);
      case 'given':
        return this.lent!.pass(piece);
    }
  }

  private readEnd(): void {
    if (this.state === 'idle' || this.state === 'looking') this.socket.end();
    else this.lent!.passEnd();
  }

  private take(piece: Buffer): void {
    const { lane, isEnding } = this.surroundings;
    const { socket } = this;
    // Who doesn't read his answers is waited for by Node.
    const request = isEnding() || socket.writableLength > 0 ? undefined : this.requests.read(piece);
    if (request === undefined) return this.give(piece);
    if (!this.hasAsked) {
      this.hasAsked = true;
      socket.setTimeout(this.surroundings.keepAliveMs);
    }
    const exchange = lane.enter(request);
    const next = lane.tryAtHand(exchange);
    if (next === undefined) this.lend(piece, request);
    else if ('status' in next) this.send(next, request);
    else void this.look(next, exchange, piece);
  }

  private async look(read: AdmittedRead, exchange: Exchange, piece: Buffer): Promise<void> {
    this.state = 'looking';
    const answer = await this.surroundings.lane.tryBelow(read, exchange);
    this.state = 'idle';
    const { socket, early } = this;
    if (socket.destroyed || socket.writableEnded) return;
    if (answer === undefined) this.lend(piece, exchange.request);
    else this.send(answer, exchange.request);
    if (this.isLastAnswer && this.state === 'idle') return socket.destroySoon();
    if (early.length > 0) this.read(Buffer.concat(early.splice(0)));
    socket.resume();
  }

  private send(answer: PreviewResponse, { method }: LaneRequest): void {
    this.socket.write(directText(answer, method === 'HEAD', this.surroundings.keepAliveMs), 'latin1');
  }

  private lend(piece: Buffer, request: LaneRequest): void {
    this.state = 'lent';
    this.socket.setTimeout(0); // an answer may take its time
    if (this.lent === undefined || this.lent.destroyed) {
      this.lent = new LentConnection(this.socket, {
        answered: () => this.takeBack(),
        letGo: () => this.breakOff(),
      });
      this.surroundings.adopt(this.lent);
    }
    this.lent.lend(piece, request);
  }

  private takeBack(): void {
    if (this.state !== 'lent' || this.lent!.writableEnded) return;
    this.state = 'idle';
    this.socket.setTimeout(this.surroundings.keepAliveMs);
  }

  /** Node knows of no answer that we owe. */
  private breakOff(): void {
    if (this.state === 'looking') this.isLastAnswer = true;
    else this.socket.destroy();
  }

  private give(piece: Buffer): void {
    this.state = 'given';
    const { socket, lent } = this;
    socket.setTimeout(0);
    if (lent !== undefined && !lent.destroyed) return lent.pass(piece);
    for (const [event, listener] of this.listeners) socket.off(event, listener);
    this.surroundings.adopt(socket);
    socket.emit('data', piece);
  }
}

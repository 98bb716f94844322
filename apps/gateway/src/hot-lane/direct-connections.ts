import type { FastifyInstance } from 'fastify';
import { standBefore } from '../stand-before.js';
import { DirectConnection, type Surroundings } from './direct-connection.js';
import type { HotLane, LaneRequest } from './hot-lane.js';
import type { LentConnection } from './lent-connection.js';

type Socket = LaneRequest['socket'];

/** The connections of a server, each read by the hot lane before Node's HTTP reads it. */
export class DirectConnections {
  private readonly open = new Set<DirectConnection>();

  /** @param isEnding whether the process is about to end: connections are Node's then, which tells who has one that it won't stay */
  constructor(
    private readonly lane: HotLane,
    private readonly isEnding: () => boolean,
  ) {}

  /** Takes connections before Node does. Call it once, before the server listens. */
  standBefore(server: FastifyInstance['server']): void {
    const adopt = standBefore<[Socket | LentConnection]>(server, 'connection', (socket) => {
      const connection = new DirectConnection(socket as Socket, surroundings);
      this.open.add(connection);
      socket.once('close', () => this.open.delete(connection));
    });
    const { lane, isEnding } = this;
    const surroundings: Surroundings = {
      lane,
      isEnding,
      adopt,
      arrivalMs: server.requestTimeout,
      keepAliveMs: server.keepAliveTimeout,
    };
  }

  /** As a server does with its own. */
  closeIdleConnections(): void {
    for (const connection of this.open) connection.letGoIfIdle();
  }
}

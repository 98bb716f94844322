import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter as BoardAdapter } from '@bull-board/fastify';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DemandHandover } from '#libs/demand';
import { PaletteQueue, PreviewQueue } from '#libs/jobs';
import { NotAuthenticated } from '../access/access-denied.js';
import { includesRole } from '../access/role.js';
import { TokenRoles } from '../access/token-roles.js';
import { ProblemFilter } from '../problem.filter.js';

/** Where the board lies. */
export const BOARD_PATH = '/queues';

/**
 * Bull Board for operators. Its pages, its API and whatever else lies below its path stand in one encapsulated plugin, behind
 * one hook: the documented middleware guards the page alone and leaves an API that pauses queues open to all.
 */
@Injectable()
export class QueueBoard implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly previews: PreviewQueue,
    private readonly demand: DemandHandover,
    private readonly palettes: PaletteQueue,
    private readonly tokens: TokenRoles,
    private readonly problems: ProblemFilter,
  ) {}

  async onModuleInit(): Promise<void> {
    const board = new BoardAdapter().setBasePath(BOARD_PATH);
    createBullBoard({
      queues: [this.previews, this.demand, this.palettes].map(({ queue }) => new BullMQAdapter(queue)),
      serverAdapter: board,
    });
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    await fastify.register(
      (scope, _options, done) => {
        scope.addHook('onRequest', async (request, reply) => {
          if (!this.isOperator(request)) return this.askForLogin(request, reply);
        });
        void scope.register(board.registerPlugin(), { prefix: '/' });
        // So that a path that the board doesn't have asks for a login, too.
        scope.setNotFoundHandler((_request, reply) => reply.status(404).send());
        done();
      },
      { prefix: BOARD_PATH },
    );
  }

  /** HTTP Basic with any user name, and the operator's token for a password. */
  private isOperator({ headers }: FastifyRequest): boolean {
    const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (encoded === undefined) return false;
    const password = Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '');
    const role = this.tokens.roleOf(password);
    return role !== undefined && includesRole(role, 'operator');
  }

  private askForLogin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    reply.header('www-authenticate', 'Basic realm="Warmlink queues", charset="UTF-8"');
    this.problems.send(new NotAuthenticated("This needs the operator's log-in."), request, reply);
    return reply;
  }
}

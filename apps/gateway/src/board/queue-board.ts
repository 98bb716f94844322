import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter as BoardAdapter } from '@bull-board/fastify';
import { Inject, Injectable, MethodNotAllowedException, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Queue } from 'bullmq';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DemandHandover } from '#libs/demand';
import { PaletteQueue, PreviewQueue } from '#libs/jobs';
import { NotAuthenticated, RoleMissing } from '../access/access-denied.js';
import { passwordIn } from '../access/authorization-header.js';
import { Doorkeeper } from '../access/doorkeeper.js';
import { ProblemFilter } from '../problem.filter.js';
import { jobName } from './job-name.js';

/** Where the board lies. */
export const BOARD_PATH = '/queues';

export const QUEUE_BOARD_OPTIONS = 'warmlink:queue-board-options';

export interface QueueBoardOptions {
  /** Whether it shows and changes nothing. */
  readonly isReadOnly: boolean;
}

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
    private readonly doorkeeper: Doorkeeper,
    private readonly problems: ProblemFilter,
    @Inject(QUEUE_BOARD_OPTIONS) private readonly options: QueueBoardOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    const board = new BoardAdapter().setBasePath(BOARD_PATH);
    createBullBoard({
      queues: [this.previews, this.demand, this.palettes].map(({ queue }) => this.shown(queue)),
      serverAdapter: board,
      options: { uiConfig: { boardTitle: 'Warmlink queues' } },
    });
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    await fastify.register(
      (scope, _options, done) => {
        scope.addHook('onRequest', async (request, reply) => {
          if (!(await this.letsIn(request, reply))) return reply;
        });
        void scope.register(board.registerPlugin(), { prefix: '/' });
        // So that a path that the board doesn't have asks for a login, too.
        scope.setNotFoundHandler((_request, reply) => reply.status(404).send());
        done();
      },
      { prefix: BOARD_PATH },
    );
  }

  /** Jobs have a name that says what for and for whom; their data stays as it is, as what is edited there goes back into the queue. */
  private shown(queue: Queue): BullMQAdapter {
    const adapter = new BullMQAdapter(queue, { readOnlyMode: this.options.isReadOnly });
    adapter.setFormatter('name', jobName);
    return adapter;
  }

  /** Answers for the board who isn't let in. */
  private async letsIn(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    try {
      if (isFromElsewhere(request)) throw new RoleMissing();
      const password = passwordIn(request.headers.authorization ?? '');
      await this.doorkeeper.admit(request.raw, reply, 'operator', password);
      // Here for all of its routes: the board itself looks after those of a queue, and answers others as if they had done something.
      if (this.options.isReadOnly && !isReading(request)) throw new MethodNotAllowedException();
      return true;
    } catch (error) {
      const isForgery = isFromElsewhere(request);
      this.problems.send(isForgery ? error : asLogin(error, reply), request, reply);
      return false;
    }
  }
}

/** Whether a page of another site has the browser of an operator do something: that sends his log-in with it, whoever asks. */
function isFromElsewhere(request: FastifyRequest): boolean {
  const from = request.headers['sec-fetch-site'] ?? 'none';
  return !isReading(request) && from !== 'same-origin' && from !== 'none';
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Who is refused is asked for a log-in, whatever he has. */
function asLogin(error: unknown, reply: FastifyReply): unknown {
  if (!(error instanceof NotAuthenticated || error instanceof RoleMissing)) return error;
  reply.header('www-authenticate', 'Basic realm="Warmlink queues", charset="UTF-8"');
  return new NotAuthenticated("This needs the operator's log-in.");
}

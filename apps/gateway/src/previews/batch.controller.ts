import { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerAddresses } from '../access/caller-addresses.js';
import { Doorkeeper } from '../access/doorkeeper.js';
import { TakesBody } from '../access/request-body.js';
import { DescribedBy } from '../openapi/route-description.js';
import { whenGone } from '../when-gone.js';
import { acceptsLines, LINES_TYPE } from './accepts-lines.js';
import { batchDescription } from './batch.description.js';
import { type BatchAnswer, BatchReader } from './batch-reader.js';
import { BatchRoom } from './batch-room.js';
import { BATCH_LIMIT, type PreviewsBody, previewsBody } from './batch.schema.js';
import { BatchTexts } from './batch-texts.js';

type Answers = AsyncIterable<readonly BatchAnswer[]>;
type TextOf = (answer: BatchAnswer) => string;

/** Many previews over HTTP: one document in the order of the list, or a line each as they get ready. */
@Controller('v1/previews')
export class BatchController {
  constructor(
    private readonly reader: BatchReader,
    private readonly texts: BatchTexts,
    private readonly room: BatchRoom,
    private readonly doorkeeper: Doorkeeper,
    private readonly addresses: CallerAddresses,
  ) {}

  @Post()
  @HttpCode(200)
  @TakesBody({ role: 'reader', maxBytes: BATCH_LIMIT })
  @DescribedBy(batchDescription)
  async readAll(
    @Body({ schema: previewsBody }) body: PreviewsBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const signal = whenGone(request, reply);
    const giveBack = this.room.take(body.urls.length);
    if (signal.aborted) giveBack();
    else signal.addEventListener('abort', giveBack);
    // The request has been counted once.
    const admitted = 1 + (await this.doorkeeper.admitMore(request.raw, reply, body.urls.length - 1));
    const caller = this.addresses.of(request.raw);
    const askedBy = this.doorkeeper.nameOf(request.raw);
    const asking = { caller, askedBy, requestId: request.id };
    const answers = this.reader.read({ ...body, ...asking, admitted, signal });
    const side = { projection: body.projection, id: request.id };
    const textOf: TextOf = (answer) => this.texts.textOf(answer, side);

    reply.headers({ 'cache-control': 'no-store', vary: 'Accept' });
    if (acceptsLines(request.headers.accept))
      reply.type(`${LINES_TYPE}; charset=utf-8`).send(Readable.from(lines(answers, textOf)));
    else
      reply.type('application/json; charset=utf-8').send(await document(answers, textOf, body.urls.length));
  }
}

async function* lines(answers: Answers, textOf: TextOf): AsyncGenerator<Buffer> {
  for await (const group of answers)
    yield Buffer.from(group.map((answer) => `${textOf(answer)}\n`).join(''), 'latin1');
}

async function document(answers: Answers, textOf: TextOf, total: number): Promise<Buffer> {
  const texts: string[] = [];
  for await (const group of answers) for (const answer of group) texts[answer.index] = textOf(answer);
  return Buffer.from(
    `{"status":"success","data":{"total":${total},"previews":[${texts.join(',')}]}}`,
    'latin1',
  );
}

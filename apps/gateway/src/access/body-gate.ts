import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PreviewError } from '#libs/preview';
import { Room } from '../room.js';
import { Doorkeeper } from './doorkeeper.js';
import { BODY_LIMIT, requestBodyOf } from './request-body.js';

/** Most bytes of large bodies that a gateway reads at a time. */
const MOST_BYTES = 128 * 1024 * 1024;

/** There are too many large bodies under way. */
class BodiesBusy extends PreviewError {
  constructor() {
    super('EBUSY', 'Too many large requests are being read at the moment.');
  }
}

/** Turns away who may not send a body before a byte of it is read, and holds only so many large ones at a time: strangers take no memory of ours, and those who may read not all of it. */
@Injectable()
export class BodyGate implements OnModuleInit {
  private readonly room = new Room(MOST_BYTES, () => new BodiesBusy());

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', async (request, reply) => {
      const requestBody = requestBodyOf(request.routeOptions.config);
      if (requestBody === undefined) return;
      await this.doorkeeper.admit(request.raw, reply, requestBody.role);
      this.makeRoom(requestBody.maxBytes ?? BODY_LIMIT, request, reply);
    });
  }

  /** Until the request has arrived, or who sends it is gone; what its route makes of it is bounded there. */
  private makeRoom(maxBytes: number, { raw }: FastifyRequest, reply: FastifyReply): void {
    const bytes = Math.min(Number(raw.headers['content-length'] ?? maxBytes), maxBytes);
    if (bytes <= BODY_LIMIT) return; // the share of a connection
    const giveBack = this.room.take(bytes);
    raw.once('end', giveBack);
    reply.raw.once('close', giveBack);
  }
}

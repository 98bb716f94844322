import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AccessGuard } from './access.guard.js';
import { largeBodyOf } from './large-body.js';

/** Turns away who may not send a large body before a byte of it is read: strangers take no memory of ours. */
@Injectable()
export class LargeBodyGate implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly access: AccessGuard,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', async (request) => {
      const largeBody = largeBodyOf(request.routeOptions.config);
      if (largeBody !== undefined) this.access.require(request, largeBody.role);
    });
  }
}

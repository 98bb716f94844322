import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotAuthenticated } from './access-denied.js';
import { AUTHORIZATION_CHALLENGE, secretIn, TAKES_AUTHORIZATION } from './authorization-header.js';
import { Doorkeeper } from './doorkeeper.js';
import { REQUIRED_ROLE, type RequiredRole } from './role.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** Stands before every route. Closed by default: a route that declares no role lets nobody in. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const required = this.requiredFor(handler, controller);
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    if (this.reflector.getAllAndOverride(TAKES_AUTHORIZATION, [handler, controller]) === true)
      await this.admitByEither(request, reply, required);
    else await this.doorkeeper.admit(request.raw, reply, required);
    return true;
  }

  /** By `Authorization` where there is no key in the header for it. */
  private async admitByEither(
    { raw }: FastifyRequest,
    reply: FastifyReply,
    required: RequiredRole | undefined,
  ): Promise<void> {
    const { 'x-api-key': key, authorization } = raw.headers;
    const secret = key === undefined && authorization !== undefined ? secretIn(authorization) : undefined;
    try {
      await this.doorkeeper.admit(raw, reply, required, secret);
    } catch (error) {
      if (error instanceof NotAuthenticated) reply.header('www-authenticate', AUTHORIZATION_CHALLENGE);
      throw error;
    }
  }

  /** What a route declares, by its controller and the name of its handler; undefined: nobody is let in. */
  declaredBy<Routes>(controller: Type<Routes>, route: keyof Routes): RequiredRole | undefined {
    const { prototype } = controller as { readonly prototype: Record<keyof Routes, Handler> };
    return this.requiredFor(prototype[route], controller);
  }

  private requiredFor(handler: Handler, controller: Type): RequiredRole | undefined {
    return this.reflector.getAllAndOverride<RequiredRole | undefined>(REQUIRED_ROLE, [handler, controller]);
  }
}

import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { NotAuthenticated, RoleMissing } from './access-denied.js';
import { includesRole, REQUIRED_ROLE, type RequiredRole, type Role } from './role.js';
import { TokenRoles } from './token-roles.js';

export interface AccessOptions {
  readonly anonymousRead: boolean;
}

/** Stands before every route. Closed by default: a route that declares no role lets nobody in. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenRoles,
    private readonly options: AccessOptions,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const required = this.reflector.getAllAndOverride<RequiredRole | undefined>(REQUIRED_ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (required === 'open') return true;
    if (required === undefined) throw new RoleMissing();
    this.require(context.switchToHttp().getRequest<FastifyRequest>(), required);
    return true;
  }

  /**
   * For an option that asks for more than its route does.
   *
   * @throws {NotAuthenticated} {RoleMissing}
   */
  require({ headers }: Pick<FastifyRequest, 'headers'>, required: Role): void {
    const secret = headers['x-api-key'];
    if (includesRole(this.roleOf(secret), required)) return;
    // Who sent no key is asked for one; who sent one that is too small is told so.
    throw secret === undefined ? new NotAuthenticated() : new RoleMissing();
  }

  private roleOf(secret: string | string[] | undefined): Role {
    if (secret === undefined && this.options.anonymousRead) return 'reader';
    const role = typeof secret === 'string' ? this.tokens.roleOf(secret) : undefined;
    if (role === undefined) throw new NotAuthenticated();
    return role;
  }
}

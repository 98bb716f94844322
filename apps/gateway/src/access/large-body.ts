import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { RequiresRole, type Role } from './role.js';

/** A body beyond what other routes take, and who may send it. */
export interface LargeBody {
  readonly maxBytes: number;
  readonly role: Role;
}

/**
 * Declares who may call a route, and that he may send it more than other routes take. The one goes with the other: a body is read before
 * the guard is asked, so the role is looked at sooner here.
 */
export function TakesLargeBody(largeBody: LargeBody) {
  return applyDecorators(RequiresRole(largeBody.role), RouteConfig({ largeBody }));
}

/** What a route declares, as Fastify keeps it. */
export function largeBodyOf(config: object = {}): LargeBody | undefined {
  const declared: { readonly largeBody?: LargeBody } = config;
  return declared.largeBody;
}

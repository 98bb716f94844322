import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { RequiresRole, type Role } from './role.js';

/** Most bytes of a request body, but on a route that declares a larger one. */
export const BODY_LIMIT = 1024 * 1024;

/** A body that a route reads, and who may send it. */
export interface RequestBody {
  readonly role: Role;
  /** Default: `BODY_LIMIT`. */
  readonly maxBytes?: number;
}

/** Declares who may call a route that reads a body. The one goes with the other: a body is read before the guard is asked, so the role is looked at sooner here. */
export function TakesBody(requestBody: RequestBody) {
  return applyDecorators(RequiresRole(requestBody.role), RouteConfig({ requestBody }));
}

/** What a route declares, as Fastify keeps it. */
export function requestBodyOf(config: object = {}): RequestBody | undefined {
  const declared: { readonly requestBody?: RequestBody } = config;
  return declared.requestBody;
}

import { RequestMethod, type Type } from '@nestjs/common';
import {
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
  RouteParamtypes,
} from '@nestjs/common/internal';
import type { ModulesContainer, Reflector } from '@nestjs/core';
import type { z } from 'zod';
import { TAKES_AUTHORIZATION } from '../access/authorization-header.js';
import { REQUIRED_ROLE, type RequiredRole } from '../access/role.js';
import { DESCRIPTION, type RouteDescription } from './route-description.js';

/** A route as its controller declares it. */
export interface DeclaredRoute {
  readonly method: string;
  /** As the router has it: `/v1/jobs/:id`. */
  readonly path: string;
  /** undefined: closed to everyone. */
  readonly required: RequiredRole | undefined;
  /** Whether it takes a key in `Authorization`, too. */
  readonly takesAuthorization: boolean;
  readonly description: RouteDescription | undefined;
  /** What validates its query and its body, where it takes any. */
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
}

type Handler = (...args: readonly unknown[]) => unknown;

/** All routes of all controllers, as Nest knows them. A route with two paths is there twice. */
export function declaredRoutes(modules: ModulesContainer, reflector: Reflector): readonly DeclaredRoute[] {
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => routesOf(metatype as Type, reflector));
}

function routesOf(controller: Type, reflector: Reflector): readonly DeclaredRoute[] {
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (!isRoute(handler)) return [];
    const route = {
      method: RequestMethod[reflector.get<number>(METHOD_METADATA, handler)] ?? '',
      required: reflector.getAllAndOverride<RequiredRole | undefined>(REQUIRED_ROLE, [handler, controller]),
      takesAuthorization:
        reflector.getAllAndOverride<true | undefined>(TAKES_AUTHORIZATION, [handler, controller]) === true,
      description: reflector.get<RouteDescription | undefined>(DESCRIPTION, handler),
      query: schemaOf(controller, name, RouteParamtypes.QUERY),
      body: schemaOf(controller, name, RouteParamtypes.BODY),
    };
    return pathsOf(controller).flatMap((before) =>
      pathsOf(handler).map((path) => ({ ...route, path: joined(before, path) })),
    );
  });
}

function isRoute(handler: unknown): handler is Handler {
  return typeof handler === 'function' && Reflect.hasMetadata(METHOD_METADATA, handler);
}

function pathsOf(declaring: object): readonly string[] {
  return [Reflect.getMetadata(PATH_METADATA, declaring) as string | readonly string[]].flat();
}

function joined(before: string, path: string): string {
  return `/${[before, path]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
}

/** The schema of a parameter of a handler's, where it has one of this kind. */
function schemaOf(controller: Type, handler: string, kind: RouteParamtypes): z.ZodType | undefined {
  const parameters: Readonly<Record<string, { readonly schema?: z.ZodType }>> =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {};
  return Object.entries(parameters).find(([place]) => place.startsWith(`${kind}:`))?.[1].schema;
}

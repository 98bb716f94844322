import { z } from 'zod';
import type { JsonSchema } from '../../apps/gateway/src/openapi/json-schema.js';
import type {
  MediaType,
  OpenApiDocument,
  Operation,
} from '../../apps/gateway/src/openapi/openapi-document.js';

/** An operation of the document, and where it lies. */
export interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** A request as the document has it. */
export interface DocumentedRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An answer that the document shows, with the request that it belongs to by its name. */
export interface DocumentedExample extends DocumentedRoute {
  readonly name: string;
  readonly status: number;
  readonly mediaType: string;
  readonly answer: unknown;
  readonly schema: JsonSchema;
  readonly request: DocumentedRequest;
}

const NOTHING: DocumentedRequest = { path: {}, query: {}, body: undefined };

export function routesOf({ paths }: OpenApiDocument): readonly DocumentedRoute[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** The role that an operation asks for; undefined where it is open. */
export function roleOf({ operation: { security } }: DocumentedRoute): string | undefined {
  return security.map((way) => way['key']?.[0]).find((role) => role !== undefined);
}

export function examplesOf(document: OpenApiDocument): readonly DocumentedExample[] {
  return routesOf(document).flatMap((route) =>
    Object.entries(route.operation.responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).flatMap(([mediaType, { schema, examples = {} }]) =>
        Object.entries(examples).map(([name, { value }]) => ({
          ...route,
          name,
          status: Number(status),
          mediaType,
          answer: value,
          schema,
          request: requestNamed(route, name) ?? validRequest(route),
        })),
      ),
    ),
  );
}

/** A request that succeeds. */
export function validRequest(route: DocumentedRoute): DocumentedRequest {
  const successes = Object.entries(route.operation.responses).filter(([status]) => status.startsWith('2'));
  const [name] = successes.flatMap(([, { content = {} }]) =>
    Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples)),
  );
  return requestNamed(route, name ?? '') ?? NOTHING;
}

/** @returns undefined where no part of a request has this name */
function requestNamed({ operation }: DocumentedRoute, name: string): DocumentedRequest | undefined {
  const given = operation.parameters.filter(({ examples = {} }) => name in examples);
  const valuesIn = (place: string) =>
    Object.fromEntries(
      given
        .filter((parameter) => parameter.in === place)
        .map((parameter) => [parameter.name, String(parameter.examples?.[name]?.value)]),
    );
  const [body]: readonly (MediaType | undefined)[] = Object.values(operation.requestBody?.content ?? {});
  const example = body?.examples?.[name];
  if (given.length === 0 && example === undefined) return undefined;
  return { path: valuesIn('path'), query: valuesIn('query'), body: example?.value };
}

/** What doesn't fit a schema of the document, a field that it doesn't name included; undefined where all does. */
export function misfit(document: OpenApiDocument, schema: JsonSchema, value: unknown): string | undefined {
  const known = '$ref' in schema ? document.components.schemas['Problem']! : schema;
  const result = z.fromJSONSchema(closed(known) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return result.success ? undefined : z.prettifyError(result.error);
}

/** A schema that takes no field that it doesn't name. */
function closed(schema: JsonSchema): JsonSchema {
  const { properties, items, anyOf, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one)])),
      additionalProperties: additionalProperties ?? false,
    }),
    ...(items !== undefined && { items: closed(items) }),
    ...(anyOf !== undefined && { anyOf: anyOf.map(closed) }),
  };
}

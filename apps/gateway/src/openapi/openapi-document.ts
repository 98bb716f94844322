import type { z } from 'zod';
import type { RequiredRole } from '../access/role.js';
import { PROBLEMS } from '../problems.js';
import type { DeclaredRoute } from './declared-routes.js';
import { type CodedFailure, ELSEWHERE, failuresOf, problemExample } from './failures.js';
import { HEADERS, headersOf } from './headers.js';
import { type JsonSchema, jsonSchema, type QueryParameter, queryParameters } from './json-schema.js';
import { problemShape } from './problem.schema.js';
import { type ExampleRequest, GROUPS, type RouteDescription } from './route-description.js';

interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

export interface MediaType {
  readonly schema: JsonSchema;
  readonly examples?: Readonly<Record<string, Example>>;
}

export interface Parameter extends QueryParameter {
  readonly in: 'path' | 'query';
  readonly description?: string;
  readonly examples?: Readonly<Record<string, Example>>;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Response>>;
}

/** The parts of OpenAPI 3.1 that we use. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, unknown>>;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

/** What this gateway is set to. */
export interface ReferenceOptions {
  readonly anonymousRead: boolean;
}

type DescribedRoute = DeclaredRoute & { readonly description: RouteDescription };

const JSON_TYPE = 'application/json';

const ABOUT = [
  'Give it a URL and it answers title, description, image, author, date … as JSON. Every `GET` has its `HEAD`, every path its `OPTIONS`.',
  'A failure, whatever it is, has the shape of `Problem`; its `code` is one of a closed table.',
  'A read ignores options of its query that it does not know, as its clients expect. A body with a field that is not known, and any other query that takes options, is refused (`EINVALDATA`), so that nothing is purged or ordered by a slip of the pen.',
].join('\n\n');

/** Writes down what the routes declare and say of themselves. Those that say nothing are left out. */
export function openApiDocument(
  routes: readonly DeclaredRoute[],
  options: ReferenceOptions,
): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes.filter(isDescribed)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const operations = (paths[path] ??= {});
    operations[route.method.toLowerCase()] = operation(route, path, options);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Warmlink', version: '1', description: ABOUT },
    servers: [{ url: '/' }],
    tags: GROUPS.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description:
            'A key or a token, which has a role: reader, writer or operator, each including the one before it.',
        },
        bearer: { type: 'http', scheme: 'bearer', description: 'The same, on routes that say so.' },
        login: {
          type: 'http',
          scheme: 'basic',
          description: 'The same for a password, with any user name, on routes that say so.',
        },
      },
      headers: HEADERS,
      schemas: { Problem: jsonSchema(problemShape) },
      responses: Object.fromEntries(
        Object.entries(ELSEWHERE).map(([code, failure]) => [
          code,
          problemResponse([{ ...failure, code: code as CodedFailure['code'] }], '/v1/…', 'open'),
        ]),
      ),
    },
  };
}

function isDescribed(route: DeclaredRoute): route is DescribedRoute {
  return route.description !== undefined;
}

function operation(route: DescribedRoute, path: string, options: ReferenceOptions): Operation {
  const { description: said, required, body, query } = route;
  const failures = failuresOf(route);
  const requests = { ...said.examples, ...said.failures };
  return {
    operationId: path === '/' ? `${said.id}AtRoot` : said.id,
    tags: [said.group],
    summary: said.summary,
    ...(said.details !== undefined && { description: said.details }),
    security: security(route, options),
    parameters: [...pathParameters(path, said, requests), ...inQuery(query, requests)],
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: {
          [JSON_TYPE]: { schema: jsonSchema(body), examples: examplesOf(requests, ({ body }) => body) },
        },
      },
    }),
    responses: { ...answers(said, required), ...problems(failures, path, required) },
  };
}

/** A way's list holds the roles that it needs, as 3.1 allows. */
function security(
  { required, takesAuthorization }: DescribedRoute,
  { anonymousRead }: ReferenceOptions,
): Operation['security'] {
  if (required === 'open') return [];
  const roles = required === undefined ? [] : [required];
  const ways = [{ key: roles }, ...(takesAuthorization ? [{ bearer: roles }, { login: roles }] : [])];
  return required === 'reader' && anonymousRead ? [{}, ...ways] : ways;
}

type Requests = Readonly<Record<string, ExampleRequest>>;

function pathParameters(
  path: string,
  { path: words = {} }: RouteDescription,
  requests: Requests,
): readonly Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: words[name] ?? '',
    schema: { type: 'string' },
    examples: examplesOf(requests, ({ path }) => path?.[name]),
  }));
}

function inQuery(query: z.ZodType | undefined, requests: Requests): readonly Parameter[] {
  if (query === undefined) return [];
  return queryParameters(query).map(({ name, required, schema: { description = '', ...schema } }) => ({
    name,
    in: 'query',
    required,
    description,
    schema,
    examples: examplesOf(requests, ({ query }) => query?.[name]),
  }));
}

/** Of those requests that have it. An example of a parameter and one of an answer belong together by their name. */
function examplesOf(
  requests: Requests,
  valueOf: (request: ExampleRequest) => unknown,
): Readonly<Record<string, Example>> {
  const values = Object.entries(requests).map(
    ([name, request]) => [name, { value: valueOf(request) }] as const,
  );
  return Object.fromEntries(values.filter(([, { value }]) => value !== undefined));
}

function answers(
  { answers, examples }: RouteDescription,
  required: RequiredRole | undefined,
): Readonly<Record<string, Response>> {
  const found: Record<string, Response> = {};
  for (const { status, what, schema, mediaType = JSON_TYPE, headers = [] } of answers) {
    const isFirst = found[status] === undefined;
    const own = Object.entries(examples).filter(
      ([, example]) =>
        example.status === status &&
        (example.mediaType === undefined ? isFirst : example.mediaType === mediaType),
    );
    found[status] = {
      description: found[status]?.description ?? what,
      headers: headersOf(required, headers),
      content: {
        ...found[status]?.content,
        [mediaType]: {
          schema: jsonSchema(schema),
          examples: Object.fromEntries(
            own.map(([name, { summary, answer }]) => [name, { summary, value: answer }]),
          ),
        },
      },
    };
  }
  return found;
}

function problems(
  failures: readonly CodedFailure[],
  path: string,
  required: RequiredRole | undefined,
): Readonly<Record<string, Response>> {
  const byStatus = new Map<number, CodedFailure[]>();
  for (const failure of failures) {
    const { statusCode } = PROBLEMS[failure.code];
    byStatus.set(statusCode, [...(byStatus.get(statusCode) ?? []), failure]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [status, problemResponse(those, path, required)]),
  );
}

function problemResponse(
  failures: readonly CodedFailure[],
  path: string,
  required: RequiredRole | undefined,
): Response {
  return {
    description: failures.map(({ code, when }) => `\`${code}\`: ${when}.`).join(' '),
    headers: headersOf(required, []),
    content: {
      [JSON_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          failures.map((failure) => [
            failure.code,
            { summary: failure.when, value: problemExample(failure, path) },
          ]),
        ),
      },
    },
  };
}

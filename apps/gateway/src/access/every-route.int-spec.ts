import 'reflect-metadata';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ModulesContainer, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Validator } from '@seriousme/openapi-schema-validator';
import { readSettings } from '#libs/settings';
import { ApiKeys } from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PrivateRedis } from '../../../local/src/private-redis.js';
import { freshDatabase, freshRedis } from '../../../../test/support/test-servers.js';
import { BOARD_PATH } from '../board/queue-board.js';
import { gatewayApp } from '../gateway-app.js';
import { gatewayEnv } from '../gateway.env.js';
import { ApiReference } from '../openapi/api-reference.js';
import { declaredRoutes } from '../openapi/declared-routes.js';
import type { OpenApiDocument } from '../openapi/openapi-document.js';
import { type RequiredRole, type Role, ROLES } from './role.js';

const agent = new Agent({ keepAlive: true });

/** What takes a key in `Authorization`, too; the board does besides. Whoever lets another route do so has to say it here, too. */
const TAKES_AUTHORIZATION = new Set(['GET /metrics']);

/** What is open to everybody. Whoever opens another route has to say so here, too. */
const OPEN = new Set([
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/style.css',
]);

const TOKENS: Readonly<Record<Role, string>> = {
  reader: 'a-token-of-readers',
  writer: 'a-token-of-writers',
  operator: 'a-token-of-operators',
};

/** Of the callers, the one who comes as the board has it. */
const THE_LOG_IN = 'a Basic of operators';

const ID = '00000000-0000-4000-8000-000000000000';

/** A route as the router has it. */
interface Route {
  readonly method: string;
  readonly url: string;
}

/** A way to present oneself, and what it is worth. */
interface Caller {
  readonly name: string;
  readonly role: Role | undefined;
  /** What it is worth on routes that take a key in `Authorization`; default: `role`. */
  readonly byAuthorization?: Role;
  readonly headers: Readonly<Record<string, string>>;
}

let servers: { readonly cache: PrivateRedis; readonly queue: PrivateRedis; readonly database: string };

beforeAll(async () => {
  const [cache, queue, database] = await Promise.all([
    freshRedis('cache'),
    freshRedis('queue'),
    freshDatabase(),
  ]);
  servers = { cache, queue, database };
});

afterAll(() => agent.destroy());
afterAll(() => Promise.all([servers.cache.stop(), servers.queue.stop()]));

/** All that the routers of this process are given from now on. */
const routes: Route[] = [];
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { readonly fastify: FastifyInstance };
  routes.length = 0;
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url });
  });
});

describe.each([
  ['reading needs a key', false],
  ['reading needs none', true],
])('where %s', (_what, anonymousRead) => {
  let app: NestFastifyApplication;
  let address: string;
  let declared: ReadonlyMap<string, RequiredRole | undefined>;
  let callers: readonly Caller[];

  beforeAll(async () => {
    const env = readSettings(gatewayEnv, {
      DATABASE_URL: servers.database,
      REDIS_CACHE_URL: servers.cache.url,
      REDIS_QUEUE_URL: servers.queue.url,
      READER_TOKEN: TOKENS.reader,
      WRITER_TOKEN: TOKENS.writer,
      OPERATOR_TOKEN: TOKENS.operator,
      ANONYMOUS_READ: String(anonymousRead),
      READ_WAIT: '10ms',
      STORE_DEADLINE: '10s',
    });
    app = await gatewayApp(env, new Logger('gateway', 'error'));
    await app.listen(0, '127.0.0.1');
    address = await app.getUrl();
    declared = new Map(
      declaredRoutes(app.get(ModulesContainer), app.get(Reflector)).map(({ method, path, required }) => [
        `${method} ${path}`,
        required,
      ]),
    );
    callers = await allCallers(app.get(ApiKeys), anonymousRead);
  });

  afterAll(() => app.close());

  /** Asks for a path just as it is written. */
  async function ask(
    { method, url }: Route,
    headers: Readonly<Record<string, string>>,
    body = '{}',
  ): Promise<number> {
    const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
    const path = url.replace(/:\w+/g, ID).replace('*', 'x');
    const { hostname, port } = new URL(address);
    const asked = request({
      hostname,
      port,
      method,
      path,
      headers: hasBody
        ? { ...headers, 'content-type': 'application/json', 'content-length': body.length }
        : headers,
      agent,
    });
    asked.end(hasBody ? body : undefined);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode ?? 0;
  }

  /** What a route asks of its caller; undefined: nobody may. Absent: it is no route of a controller. */
  const requiredBy = (route: Route) => declared.get(nameOf(route));
  const isDeclared = (route: Route) => declared.has(nameOf(route));
  const isOfBoard = ({ url }: Route) => url.startsWith(BOARD_PATH);

  test('all routes of the controllers are routes of the router', () => {
    const known = new Set(routes.map(({ method, url }) => `${method} ${url}`));
    expect([...declared.keys()].filter((route) => !known.has(route))).toEqual([]);
    expect(declared.size).toBeGreaterThan(12);
    expect(routes.filter(isOfBoard).length).toBeGreaterThan(12);
  });

  test('all routes of the controllers are described, and nothing else is', () => {
    const { paths } = JSON.parse(app.get(ApiReference).json) as OpenApiDocument;
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.toSorted()).toEqual([...declared.keys()].toSorted());
  });

  test('the document is OpenAPI', async () => {
    const document = JSON.parse(app.get(ApiReference).json) as Record<string, unknown>;
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
    const wrong = { ...document, paths: { '/x': { get: { responses: { twice: {} } } } } };
    expect(await new Validator().validate(wrong)).toMatchObject({ valid: false });
  });

  test('no route is open but those that are to be', () => {
    const open = [...declared].flatMap(([route, required]) => (required === 'open' ? [route] : []));
    expect(new Set(open)).toEqual(OPEN);
  });

  test('no route of a controller lets in who lacks its role, and each lets in who has it', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(isDeclared)) {
      const required = requiredBy(route);
      if (required === 'open') continue;
      for (const caller of callers) {
        const status = await ask(route, caller.headers);
        const isLetIn = status !== 401 && status !== 403;
        const takesAuthorization = TAKES_AUTHORIZATION.has(nameOf(route));
        if (isLetIn !== hasRole(caller, required, takesAuthorization))
          wrong.push(`${route.method} ${route.url} says ${status} to ${caller.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('no route of a controller reads a body of who may not send one', async () => {
    const wrong: string[] = [];
    const writing = routes.filter((route) => isDeclared(route) && !['GET', 'HEAD'].includes(route.method));
    for (const route of writing) {
      const required = requiredBy(route);
      if (required === 'open') continue;
      const takesAuthorization = TAKES_AUTHORIZATION.has(nameOf(route));
      for (const caller of callers) {
        if (hasRole(caller, required, takesAuthorization)) continue;
        const status = await ask(route, caller.headers, '{');
        if (status !== 401 && status !== 403)
          wrong.push(`${route.method} ${route.url} says ${status} to ${caller.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('nothing of the board answers to who is no operator, or comes without a log-in', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter(isOfBoard)) {
      for (const { name, headers } of callers.filter(({ name }) => name !== THE_LOG_IN)) {
        const secret = headers['x-api-key'] ?? '';
        const login = { authorization: `Basic ${Buffer.from(`me:${secret}`).toString('base64')}` };
        const isOperator = secret === TOKENS.operator || name.startsWith('an operator');
        for (const given of isOperator ? [headers] : [headers, login]) {
          const status = await ask(route, given);
          if (status !== 401) wrong.push(`${route.method} ${route.url} says ${status} to ${name}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('whatever else the router has does nothing, for anybody', async () => {
    const wrong: string[] = [];
    for (const route of routes.filter((one) => !isDeclared(one) && !isOfBoard(one))) {
      for (const headers of [{}, { 'x-api-key': TOKENS.operator }]) {
        const status = await ask(route, headers);
        if (status !== (route.method === 'OPTIONS' ? 204 : 405))
          wrong.push(`${route.method} ${route.url}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('no other way to write a path leads round the door', async () => {
    const wrong: string[] = [];
    const closed = routes.filter(
      (route) => isOfBoard(route) || (isDeclared(route) && requiredBy(route) !== 'open'),
    );
    const isReaders = (route: Route) => anonymousRead && requiredBy(route) === 'reader';
    for (const { method, url } of closed.filter((route) => !isReaders(route))) {
      const encoded = url.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
      for (const written of [
        `${url}/`,
        `/${url}`,
        encoded,
        url.toUpperCase().replace(/:\w+/g, ID),
        `/x/..${url}`,
        `${url};x`,
        `${url}%00`,
      ]) {
        const status = await ask({ method, url: written }, {});
        if (status < 400) wrong.push(`${method} ${written}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** A HEAD is its GET. */
function nameOf({ method, url }: Route): string {
  return `${method === 'HEAD' ? 'GET' : method} ${url}`;
}

async function allCallers(keys: ApiKeys, anonymousRead: boolean): Promise<readonly Caller[]> {
  const callers: Caller[] = [{ name: 'a stranger', role: anonymousRead ? 'reader' : undefined, headers: {} }];
  const nobodys = {
    nothing: '',
    'a guess': 'wrong',
    "another's key": `wl_${'x'.repeat(43)}`,
    'a word': 'undefined',
  };
  for (const [name, secret] of Object.entries(nobodys))
    callers.push({ name, role: undefined, headers: { 'x-api-key': secret } });
  const twice = `${TOKENS.operator}, ${TOKENS.operator}`;
  callers.push({ name: 'two keys', role: undefined, headers: { 'x-api-key': twice } });
  for (const role of ['writer', 'operator'] as const) {
    const login = Buffer.from(`me:${TOKENS[role]}`).toString('base64');
    for (const authorization of [`Bearer ${TOKENS[role]}`, `Basic ${login}`])
      callers.push({
        name: `a ${authorization.split(' ')[0]} of ${role}s`,
        role: callers[0]!.role,
        byAuthorization: role,
        headers: { authorization },
      });
  }
  callers.push({
    name: 'a bearer with a wrong key beside',
    role: undefined,
    headers: { authorization: `Bearer ${TOKENS.operator}`, 'x-api-key': 'wrong' },
  });
  for (const role of ROLES) {
    const article = role === 'operator' ? 'an' : 'a';
    callers.push({ name: `${article} ${role}'s token`, role, headers: { 'x-api-key': TOKENS[role] } });
    const [held, revoked] = [
      await keys.create({ name: role, role }),
      await keys.create({ name: role, role }),
    ];
    await keys.revoke(revoked.id);
    callers.push({ name: `${article} ${role}'s key`, role, headers: { 'x-api-key': held.secret } });
    callers.push({
      name: `a revoked ${role}'s key`,
      role: undefined,
      headers: { 'x-api-key': revoked.secret },
    });
  }
  const { secret } = await keys.create({ name: 'x', role: 'admin' });
  callers.push({ name: 'a key with a role that is none', role: undefined, headers: { 'x-api-key': secret } });
  return callers;
}

/** A table of its own, and not the code that is tried. */
function hasRole(caller: Caller, required: Role | undefined, takesAuthorization: boolean): boolean {
  const worth = { reader: 1, writer: 2, operator: 3 };
  const role = (takesAuthorization ? caller.byAuthorization : undefined) ?? caller.role;
  return role !== undefined && required !== undefined && worth[role] >= worth[required];
}

import 'reflect-metadata';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { readSettings } from '#libs/settings';
import { Logger } from '#libs/telemetry';
import {
  type DocumentedRoute,
  misfit,
  roleOf,
  routesOf,
  validRequest,
} from '../../../../test/support/api-document.js';
import {
  type HostileRequest,
  hostileBytes,
  hostileRequests,
  METHODS,
  ODD_METHODS,
} from '../../../../test/support/hostile-requests.js';
import { freshDatabase, freshRedis } from '../../../../test/support/test-servers.js';
import type { PrivateRedis } from '../../../local/src/private-redis.js';
import { gatewayApp } from '../gateway-app.js';
import { gatewayEnv } from '../gateway.env.js';
import { PROBLEMS } from '../problems.js';
import { ApiReference } from './api-reference.js';
import type { OpenApiDocument } from './openapi-document.js';

/** What to try, and for how long, in seconds: FUZZ_SEED=… FUZZ_SECONDS=… By default it is the same each time, so that what turns red was changed. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 8);

/** How many are tried however long they take. */
const LEAST = 300;

/** Tries as many as there is time for. */
async function tryFor<T>(property: fc.IAsyncProperty<T>): Promise<void> {
  for (const bound of [
    { seed: SEED, numRuns: LEAST },
    {
      seed: SEED + 1,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: SECONDS * 1_000,
      markInterruptAsFailure: false,
    },
  ]) {
    const found = await fc.check(property, bound);
    if (found.failed)
      throw new Error(await fc.asyncDefaultReportMessage(found), { cause: found.errorInstance });
  }
}

/** What an answer has to be had in, in ms. */
const PATIENCE_MS = 10_000;

const TOKENS = {
  reader: 'a-token-of-readers',
  writer: 'a-token-of-writers',
  operator: 'a-token-of-operators',
};

/** An answer, read whole. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true });
let redis: readonly PrivateRedis[];
let database: string;
let app: NestFastifyApplication;
let port: number;
let document: OpenApiDocument;
let routes: readonly DocumentedRoute[];

beforeAll(async () => {
  const [cache, queue, url] = await Promise.all([freshRedis('cache'), freshRedis('queue'), freshDatabase()]);
  redis = [cache, queue];
  database = url;
  const env = readSettings(gatewayEnv, {
    DATABASE_URL: url,
    REDIS_CACHE_URL: cache.url,
    REDIS_QUEUE_URL: queue.url,
    READER_TOKEN: TOKENS.reader,
    WRITER_TOKEN: TOKENS.writer,
    OPERATOR_TOKEN: TOKENS.operator,
    READ_WAIT: '10ms',
    READ_WAIT_MAX: '20ms',
    PALETTE_WAIT: '10ms',
    // Whoever is told that a store is away shall have found a fault, and not a machine that is busy.
    STORE_DEADLINE: '10s',
    QUEUE_MAX_WAITING: '1000000',
  });
  const logger = new Logger('gateway', 'error');
  logger.error = () => undefined; // each read that nobody scrapes for would have its line
  app = await gatewayApp(env, logger);
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
  document = JSON.parse(app.get(ApiReference).json) as OpenApiDocument;
  routes = routesOf(document);
});

afterAll(async () => {
  agent.destroy();
  await app.close();
  await Promise.all(redis.map((one) => one.stop()));
});

/** @throws where there is no answer */
function send({ method, target, headers, body }: HostileRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({
      hostname: '127.0.0.1',
      port,
      method,
      path: target,
      headers: body === undefined ? headers : { ...headers, 'content-length': body.length },
      agent,
      timeout: PATIENCE_MS,
    });
    asked.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    asked.once('error', reject);
    asked.end(body);
  });
}

/** All that comes back for bytes, after which no more are sent. */
function sendBytes(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port }, () => socket.end(bytes, 'latin1'));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no end within ${PATIENCE_MS} ms`)));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // It may hang up before all has arrived; what it said until then counts.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        resolve(Buffer.concat(chunks).toString('latin1'));
      else reject(error);
    });
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

/** What an answer that isn't a success has to be, whatever was asked. */
function expectProblem(status: number, body: string): void {
  const problem = JSON.parse(body) as { readonly code: keyof typeof PROBLEMS };
  expect(misfit(document, { $ref: '#/components/schemas/Problem' }, problem)).toBeUndefined();
  expect([PROBLEMS[problem.code].statusCode, 431, 501]).toContain(status); // for what is too long to be read, and for tunnels
  // All stores are there.
  expect(['EFATAL', 'EUNAVAILABLE', 'EBUSY']).not.toContain(problem.code);
}

function expectContract({ method }: HostileRequest, { status, headers, body }: Answer): void {
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['x-request-id']).toEqual(expect.any(String));
  expect(status).not.toBe(500);
  if (status < 400 || method === 'HEAD') return;
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expectProblem(status, body);
}

describe(`requests that nobody should send (FUZZ_SEED=${SEED})`, () => {
  test('are answered by the contract, and never by a fault of ours', async () => {
    const credentials = { 'x-api-key': TOKENS.operator };
    const property = fc.asyncProperty(hostileRequests(routes, credentials), async (hostile) =>
      expectContract(hostile, await send(hostile)),
    );
    await tryFor(property);
  });

  test('even where they are hardly HTTP', async () => {
    const credentials = { 'x-api-key': TOKENS.operator };
    let answered = 0;
    const property = fc.asyncProperty(hostileBytes(routes, credentials), async (bytes) => {
      const said = await sendBytes(bytes);
      // We say that no more will come, and Node then leaves off what it isn't done with.
      if (said === '') return;
      answered++;
      const [, status = '', head = '', body = ''] = /^HTTP\/1\.1 (\d{3})(.*?)\r\n\r\n(.*)$/s.exec(said) ?? [];
      expect(status).toMatch(/^[1-5]\d\d$/);
      if (Number(status) < 400) return;
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      expectProblem(Number(status), Buffer.from(body, 'latin1').subarray(0, length).toString());
    });
    await tryFor(property);
    expect(answered).toBeGreaterThan(100);
  });

  test('have left the gateway as it was', async () => {
    const { status, body } = await send({
      method: 'GET',
      target: '/health/ready',
      headers: {},
      body: undefined,
    });
    expect({ status, body: JSON.parse(body) }).toMatchObject({ status: 200, body: { status: 'ready' } });
  });
});

describe(`who may not (FUZZ_SEED=${SEED})`, () => {
  const closed = () => routes.filter((route) => roleOf(route) !== undefined);

  /** Ways to come that are worth less than a role: the keys of smaller ones, and none. */
  function beneath(route: DocumentedRoute): readonly Readonly<Record<string, string>>[] {
    const order = ['reader', 'writer', 'operator'] as const;
    const smaller = order
      .slice(0, order.indexOf(roleOf(route) as (typeof order)[number]))
      .map((role) => TOKENS[role]);
    const secret = TOKENS.operator;
    const takesAuthorization = route.operation.security.some((way) => way['bearer'] !== undefined);
    return [
      {},
      ...[
        '',
        'undefined',
        `${secret} x`,
        `${secret},${secret}`,
        secret.toUpperCase(),
        `wl_${'x'.repeat(43)}`,
      ].map((key) => ({ 'x-api-key': key })),
      ...(takesAuthorization ? [...smaller, 'wrong', ''] : [secret]).flatMap((one) => [
        { authorization: `Bearer ${one}` },
        { authorization: `Basic ${Buffer.from(`operator:${one}`).toString('base64')}` },
      ]),
      { cookie: `x-api-key=${secret}` },
      { 'api-key': secret, 'x-api_key': secret, 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      ...smaller.map((one) => ({ 'x-api-key': one })),
    ];
  }

  const isRefusal = ({ status }: Answer) => status === 401 || status === 403;

  test('gets through no route by any method, with a request that is right but for the key', async () => {
    const wrong: string[] = [];
    let refused = 0;
    for (const route of closed()) {
      const { path, query, body } = validRequest(route);
      const at = route.path.replace(/\{(\w+)\}/g, (_all, name: string) => path[name] ?? '');
      const search = new URLSearchParams({ ...query, 'x-api-key': TOKENS.operator, apiKey: TOKENS.operator });
      const siblings = Object.keys(document.paths[route.path] ?? {}).map((method) => method.toUpperCase());
      for (const method of [...METHODS, ...ODD_METHODS]) {
        const isOwn = method === route.method || (method === 'HEAD' && route.method === 'GET');
        // Another operation on this path has a role of its own, and a turn of its own.
        if (!isOwn && siblings.includes(method === 'HEAD' ? 'GET' : method)) continue;
        for (const headers of beneath(route)) {
          const answer = await send({
            method,
            target: `${at}?${search.toString()}`,
            headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
            body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
          });
          const isRight = isOwn
            ? isRefusal(answer)
            : method === 'OPTIONS'
              ? answer.status === 204
              : [400, 404, 405].includes(answer.status); // 400 where this Node has never heard of the method
          if (isRight) refused++;
          else wrong.push(`${method} ${at}: ${answer.status} to ${JSON.stringify(headers)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(1_000);
  });

  test('gets through none by any other request either, and changes nothing', async () => {
    const before = await stored();
    const attempts = fc
      .constantFrom(...closed())
      .chain((route) =>
        fc.constantFrom(...beneath(route)).chain((headers) => hostileRequests([route], headers)),
      );
    const property = fc.asyncProperty(attempts, async (hostile) => {
      const answer = await send(hostile);
      expectContract(hostile, answer);
      expect(answer.status).toBeGreaterThanOrEqual(hostile.method === 'OPTIONS' ? 204 : 400);
    });
    await tryFor(property);
    expect(await stored()).toEqual(before);
  });

  /** What the routes that change something would have changed. */
  async function stored(): Promise<unknown> {
    const client = new Client(database);
    await client.connect();
    const { rows } = await client.query(
      `SELECT (SELECT count(*) FROM api_key) AS keys, (SELECT count(*) FROM api_key WHERE revoked_at IS NOT NULL) AS revoked,
         (SELECT count(*) FROM warm_batch) AS batches, (SELECT count(*) FROM purge) AS purges`,
    );
    await client.end();
    return rows;
  }
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { OpenApiDocument } from '../../apps/gateway/src/openapi/openapi-document.js';
import type { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import { type DocumentedExample, examplesOf, misfit, roleOf } from '../support/api-document.js';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { makeKey } from '../support/keys.js';
import { withinAMinute } from '../support/minutes.js';
import { call, type Gateway, get, Stack, TOKENS } from '../support/stack.js';
import { aContradiction } from '../support/stored-preview.js';
import { freshPostgres } from '../support/test-servers.js';

/** The site and the id of all examples, for which real ones are put. */
const PAGE = /https:\/\/kettle\.example(\/[\w.-]*)/g;
const NOBODY = 'https://closed.kettle.example/';
const ID = '0b9d2a52-7f0e-4c35-9a51-3f6b1f1f8c11';

let postgres: PrivatePostgres;
let stack: Stack;
let site: FakeSite;
let impatient: Gateway;
let limited: Gateway;
let ending: Gateway;
let document: OpenApiDocument;

beforeAll(async () => {
  [postgres, site] = await Promise.all([freshPostgres(), FakeSite.start('127.0.0.2')]);
  stack = await Stack.start({
    databaseUrl: postgres.url,
    environment: { ANONYMOUS_READ: 'false', FETCH_TIMEOUT: '3s' },
  });
  impatient = await stack.addGateway({ READ_WAIT: '50ms' });
  limited = await stack.addGateway({ RATE_LIMIT_PER_KEY: '1' });
  ending = await stack.addGateway({ DRAIN_DELAY: '5s' });
  ({ body: document } = await get(stack.gateway, '/openapi.json'));
  site
    .page('/warm-previews', html('How we keep previews warm', '<meta name="author" content="Ada Byron">'))
    .page('/new', html('A new page'))
    .on('/slow', (_request, response) => {
      setTimeout(() => response.setHeader('content-type', 'text/html').end(html('A slow page')), 500);
    })
    .on('/never', () => undefined)
    .on('/broken', (_request, response) => response.writeHead(500).end())
    .on('/round-and-round', (request, response) =>
      response.writeHead(302, { location: request.url ?? '/' }).end(),
    )
    .on('/endless-headers', (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html', 'x-long': 'x'.repeat(200_000) }).end(),
    )
    .on('/program.exe', (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('MZ'),
    )
    .on('/garbled', (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
        .end('this is no gzip'),
    );
});

afterAll(async () => {
  await stack.stop();
  await Promise.all([postgres.stop(), site.stop()]);
});

/** What has to be away for an example to come true. */
type Away = 'nothing' | 'queue' | 'all';

const AWAY: Readonly<Record<string, Away>> = {
  EBUSY: 'queue',
  degraded: 'queue',
  EUNAVAILABLE: 'all',
  unready: 'all',
};

/** How a request is sent, where that isn't by the key that it needs, to any gateway, as the document has it. */
interface Sending {
  readonly gateway?: Gateway;
  readonly key?: string | undefined;
  readonly body?: string;
  /** Before it is sent. */
  readonly prepare?: (url: string) => Promise<unknown>;
}

function sendingOf(example: DocumentedExample): Sending {
  switch (example.name) {
    case 'EAUTH':
      return { key: undefined };
    case 'EFORBIDDEN':
      return { key: roleOf(example) === 'operator' ? TOKENS.writer : TOKENS.reader };
    case 'EBODY':
      return { body: '{' };
    case 'ETOOLARGEBODY':
      return { body: ' '.repeat(17 * 1024 * 1024) };
    case 'ETIMEOUT':
      return { gateway: impatient };
    case 'ERATE':
      return { gateway: limited, prepare: () => useUp(TOKENS[roleOf(example) as keyof typeof TOKENS]) };
    case 'EUNAVAILABLE':
      return { key: `wl_${'x'.repeat(43)}` }; // of which nobody can say any more whose it is
    case 'draining':
      return { gateway: ending, prepare: () => toldToEnd(ending) };
    case 'EFATAL':
      return { prepare: (url) => aContradiction(postgres.url, url) };
    default:
      return {};
  }
}

function toldToEnd(gateway: Gateway): Promise<unknown> {
  gateway.process.signal('SIGTERM');
  return eventually(
    () => get(gateway, '/health/ready'),
    ({ status }) => status === 503,
  );
}

/** Faults of ours that a caller can't bring about: only what the document says of them can be looked at. */
const isOutOfReach = ({ name, path }: DocumentedExample) =>
  name === 'EFATAL' && path !== '/' && path !== '/v1/preview';

/** Leaves nothing of a key's limit, in a minute that goes on for a while. */
async function useUp(key: string | undefined): Promise<void> {
  await withinAMinute(5_000);
  for (let asked = 0; asked < 2; asked++)
    await get(limited, '/v1/preview', key === undefined ? {} : { 'x-api-key': key });
}

/** An id of what a path asks for. */
async function realId(path: string): Promise<string> {
  const headers = { 'x-api-key': TOKENS.operator, 'content-type': 'application/json' };
  if (path.startsWith('/v1/keys')) return (await makeKey(stack.gateway, 'reader')).id;
  if (path.startsWith('/v1/batches')) {
    const body = JSON.stringify({ urls: [site.url('/warm-previews')] });
    return (await call(stack.gateway, 'POST', '/v1/warm', { headers, body })).body.data.id;
  }
  const url = encodeURIComponent(site.url(`/slow?${randomUUID()}`));
  return (await get(stack.gateway, `/v1/preview?wait=0&url=${url}`, headers)).body.job.id;
}

/** A page of the site that no example before has asked for. */
const realPages = (text: string): string =>
  text
    .replaceAll(NOBODY, 'http://127.0.0.9:1/')
    .replace(PAGE, (_all, path: string) => `${site.url(path)}?${randomUUID()}`);

/** Sends the request of an example, and says what is wrong with the answer. */
async function tryOut(example: DocumentedExample): Promise<readonly string[]> {
  const { method, path, request, status, mediaType, answer, schema, name } = example;
  const { gateway = stack.gateway, prepare, ...sending } = sendingOf(example);
  const role = roleOf(example) as keyof typeof TOKENS | undefined;
  const key = 'key' in sending ? sending.key : role && TOKENS[role];
  const real = JSON.parse(realPages(JSON.stringify(request))) as DocumentedExample['request'];
  const isOfSomething = AWAY[name] === undefined && Object.values(real.path).includes(ID);
  const id = isOfSomething ? await realId(path) : ID;
  await prepare?.(real.query['url'] ?? '');
  const filled = path.replace(/\{(\w+)\}/g, (_all, parameter: string) =>
    (real.path[parameter] ?? ID).replace(ID, id),
  );
  const search = new URLSearchParams(real.query).toString();
  const body = sending.body ?? (real.body === undefined ? undefined : JSON.stringify(real.body));
  const got = await call(gateway, method, search === '' ? filled : `${filled}?${search}`, {
    headers: {
      accept: mediaType,
      ...(key !== undefined && { 'x-api-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });

  const wrong: string[] = [];
  if (got.status !== status) wrong.push(`status ${got.status} ${JSON.stringify(got.body).slice(0, 200)}`);
  if (got.headers.get('content-type')?.startsWith(mediaType) !== true)
    wrong.push(`type ${got.headers.get('content-type')}`);
  const unlike = misfit(document, schema, got.body);
  if (unlike !== undefined) wrong.push(unlike);
  const told = answer as { readonly message?: string; readonly code?: string; readonly more?: string };
  if (told.code !== undefined) {
    for (const field of ['status', 'code', 'message', 'more'] as const) {
      const [expected, actual] = [(answer as Record<string, string>)[field], got.body[field] as string];
      if (expected?.replace(/\d+ ms/, 'so many ms') !== actual?.replace(/\d+ ms/, 'so many ms'))
        wrong.push(`${field}: ${actual}`);
    }
  }
  const { headers = {} } = example.operation.responses[status] ?? {};
  for (const header of Object.keys(headers)) {
    const { required } = document.components.headers[header] as { readonly required: boolean };
    if (required && !got.headers.has(header)) wrong.push(`no ${header}`);
  }
  return wrong;
}

async function tryAll(away: Away): Promise<readonly string[]> {
  const wrong: string[] = [];
  const examples = examplesOf(document).filter(({ name }) => (AWAY[name] ?? 'nothing') === away);
  expect(examples.length).toBeGreaterThan(1);
  for (const example of examples.filter((one) => !isOutOfReach(one))) {
    const { method, path, name } = example;
    for (const what of await tryOut(example)) wrong.push(`${method} ${path}, ${name}: ${what}`);
  }
  return wrong;
}

test('every example of an answer has the shape that it is said to have', () => {
  const wrong = examplesOf(document).flatMap(({ method, path, name, schema, answer }) => {
    const unlike = misfit(document, schema, answer);
    return unlike === undefined ? [] : [`${method} ${path}, ${name}: ${unlike}`];
  });
  expect(wrong).toEqual([]);
});

test('every route has an example, and every code', () => {
  const examples = examplesOf(document);
  const without = Object.entries(document.paths).filter(
    ([path]) => !examples.some((example) => example.path === path && example.status < 300),
  );
  expect(without).toEqual([]);
  const shown = new Set([...examples.map(({ name }) => name), ...Object.keys(document.components.responses)]);
  const codes = document.components.schemas['Problem']?.properties?.['code']?.['enum'] as readonly string[];
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => !shown.has(code))).toEqual([]);
});

test('what is on no route comes as it is said to', async () => {
  const answers = {
    ENOROUTE: await get(stack.gateway, '/v1/nothing'),
    EMETHOD: await call(stack.gateway, 'PUT', '/v1/preview'),
  };
  for (const [code, { body }] of Object.entries(answers)) {
    const { examples = {} } = document.components.responses[code]?.content?.['application/json'] ?? {};
    const { url: _url, id: _id, ...told } = examples[code]!.value as Record<string, unknown>;
    expect(body).toMatchObject(told);
  }
  expect(Object.keys(document.components.responses)).toEqual(Object.keys(answers));
});

test('every example comes true', async () => {
  expect(await tryAll('nothing')).toEqual([]);
});

test('… and those of days without the queue', async () => {
  await stack.queue.stop();
  expect(await tryAll('queue')).toEqual([]);
});

test('… and those of days without any store', async () => {
  await Promise.all([stack.cache.stop(), postgres.stop()]);
  expect(await tryAll('all')).toEqual([]);
});

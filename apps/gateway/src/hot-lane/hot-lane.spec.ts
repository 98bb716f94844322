import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from '@jest/globals';
import { Reflector } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Found, PreviewCache } from '#libs/cache';
import { DemandRecorder } from '#libs/demand';
import { canonicalUrl, PreviewCopy, type PreviewEntry } from '#libs/preview';
import type { PreviewStoreReader } from '#libs/store';
import { Logger, Metrics } from '#libs/telemetry';
import { aCopy, aFailure, anEntry, aPreview, aProjection } from '../../../../test/support/builders.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { AccessGuard } from '../access/access.guard.js';
import { CallerAddresses } from '../access/caller-addresses.js';
import { Doorkeeper } from '../access/doorkeeper.js';
import { KeyHolders } from '../access/key-holders.js';
import { TokenRoles } from '../access/token-roles.js';
import { RateLimits } from '../limits/rate-limits.js';
import { RequestMeter } from '../metrics/request-meter.js';
import { EncodedPreviews } from '../previews/encoded-previews.js';
import { HotLane } from './hot-lane.js';
import { standBeforeRouter } from './lane-before-router.js';
import { KnownReads, type UnderstoodRead } from '../previews/known-reads.js';
import { pageAt } from '../previews/page.js';
import { PreviewReader } from '../previews/preview-reader.js';
import { PreviewResponses } from '../previews/preview-responses.js';
import type { ScrapeWaiter } from '../previews/scrape-waiter.js';

const TARGET = '/v1/preview?url=https%3A%2F%2Fexample.com%2F';
const PLAIN = aProjection();
const understood: UnderstoodRead = {
  page: pageAt(canonicalUrl('https://example.com/')),
  limits: { ttlMs: undefined, staleTtlMs: undefined },
  projection: PLAIN,
  force: false,
  waitMs: undefined,
};

/** What was written as an answer. */
class FakeResponse {
  headersSent = false;
  status: number | undefined;
  headers: readonly string[] = [];

  writeHead(status: number, headers: readonly string[]): this {
    [this.status, this.headers, this.headersSent] = [status, headers, true];
    return this;
  }

  end(): this {
    return this;
  }

  destroy(): this {
    return this;
  }
}

let held: PreviewEntry | undefined;
/** What the lower tiers have. */
let below: () => Promise<Found | undefined>;
let clock: ManualClock;
let demand: DemandRecorder;
let known: KnownReads;
let lane: HotLane;
let server: EventEmitter;
let routed: number;
let refreshed: string[];
let response: FakeResponse;

beforeEach(() => {
  [clock, known, server] = [new ManualClock(), new KnownReads(), new EventEmitter()];
  [routed, refreshed] = [0, []];
  below = () => Promise.resolve(undefined);
  const now = clock.now();
  held = anEntry({ fetchedAt: now, freshUntil: now + 60_000, staleUntil: now + 120_000 });
  demand = new DemandRecorder({ maxKeys: 10, callerCap: 100, hostCap: 100 }, now);
  const logger = new Logger('test', 'error');
  const cache = {
    findInMemory: (): Found | undefined => held && { copy: PreviewCopy.of(held), tier: 'L1' },
    find: () => below(),
  };
  const reader = new PreviewReader(
    cache as unknown as PreviewCache,
    {} as PreviewStoreReader,
    { refreshLater: ({ key }) => refreshed.push(key) } as Pick<ScrapeWaiter, 'refreshLater'> as ScrapeWaiter,
    demand,
    clock,
    logger,
    { waitMs: 1, maxWaitMs: 1 },
  );
  const options = { isPublic: false, sharedMaxAgeMs: 60_000, staleIfErrorMs: 60_000 };
  const responses = new PreviewResponses(new EncodedPreviews(1_000_000), options);
  const tokens = new TokenRoles({ reader: 'reader-secret', writer: undefined, operator: undefined });
  const holders = new KeyHolders(tokens, { find: async () => undefined });
  const addresses = new CallerAddresses();
  const unlimited = new RateLimits({ perKey: undefined, perAddress: undefined });
  const doorkeeper = new Doorkeeper(holders, unlimited, addresses, clock, { anonymousRead: false });
  const access = new AccessGuard(new Reflector(), doorkeeper);
  const meter = new RequestMeter(new Metrics(), logger);
  lane = new HotLane(known, access, doorkeeper, addresses, reader, responses, meter, clock, logger);
  server.on('request', () => (routed += 1));
  standBeforeRouter(server as FastifyInstance['server'], lane);
});

/** @returns the status that the lane answered with; `route` where it let the request pass */
async function ask(given: { method?: string; url?: string; headers?: Record<string, string> } = {}) {
  const request = {
    method: 'GET',
    url: TARGET,
    headers: { 'x-api-key': 'reader-secret' },
    rawHeaders: [],
    socket: { remoteAddress: '192.0.2.1' },
    ...given,
  };
  response = new FakeResponse();
  const before = routed;
  server.emit('request', request, response);
  await new Promise(setImmediate); // a look at the lower tiers takes a few turns
  return routed > before ? 'route' : response.status;
}

test('a read that the route has understood once is answered from then on', async () => {
  expect(await ask()).toBe('route');
  known.learn(TARGET, understood);
  expect(await ask()).toBe(200);
  expect(await ask({ method: 'HEAD' })).toBe(200);
  expect(await ask({ headers: { 'x-api-key': 'reader-secret', 'if-none-match': '*' } })).toBe(304);
});

test.each([
  ['another method', { method: 'DELETE' }],
  ['another text of the same read', { url: `${TARGET}&` }],
  ['no key', { headers: {} }],
  ['a wrong key', { headers: { 'x-api-key': 'wrong' } }],
])('%s is for the route', async (_what, request) => {
  known.learn(TARGET, understood);
  expect(await ask(request)).toBe('route');
});

test.each([
  ['force', { force: true }],
  ['a wait', { waitMs: 0 }],
  ['a ttl', { limits: { ttlMs: 60_000 } }],
  ['a staleTtl', { limits: { staleTtlMs: 0 } }],
  ['a choice of fields', { projection: { ...PLAIN, fields: ['title'] } }],
  ['provenance', { projection: { ...PLAIN, provenance: true } }],
])('a read with %s is for the route each time', async (_what, options) => {
  known.learn(TARGET, { ...understood, ...options });
  expect(await ask()).toBe('route');
});

test('what has failed, is too old or not there is for the route, and is not counted twice', async () => {
  known.learn(TARGET, understood);
  const now = clock.now();
  const copies = [
    undefined,
    anEntry({ fetchedAt: now - 2, freshUntil: now - 2, staleUntil: now - 1 }),
    anEntry({ preview: null, outcome: aFailure(), freshUntil: now + 60_000, staleUntil: now }),
    anEntry({ preview: null, freshUntil: now + 60_000, staleUntil: now + 60_000 }),
  ];
  for (const copy of copies) {
    held = copy;
    expect(await ask()).toBe('route');
  }
  expect(demand.cut(now)).toEqual([]);
});

test('colours that nobody has looked for are for the route to wait for; those that are known are answered', async () => {
  known.learn(TARGET, { ...understood, projection: aProjection({ palette: true }) });
  const times = { freshUntil: clock.now() + 60_000, staleUntil: clock.now() + 60_000 };
  const image = { url: 'https://example.com/a.png' };
  held = anEntry({ ...times, preview: aPreview({ image }) });
  expect(await ask()).toBe('route');
  expect(demand.cut(clock.now())).toEqual([]);
  held = undefined;
  expect(await ask()).toBe('route');
  held = anEntry({ ...times, preview: aPreview({ image: { ...image, colors: 'failed' } }) });
  expect(await ask()).toBe(200);
});

test('what memory lacks is looked for further down, and counts for where it was found', async () => {
  known.learn(TARGET, understood);
  const found = held!;
  held = undefined;
  below = () => Promise.resolve({ copy: PreviewCopy.of(found), tier: 'L2' });
  expect(await ask()).toBe(200);
  expect(demand.cut(clock.now())[0]?.totals).toEqual({ 'fresh.L2': 1 });
});

test.each([
  ['nothing', () => Promise.resolve(undefined)],
  [
    'what is too old',
    () => Promise.resolve({ copy: aCopy({ freshUntil: 0, staleUntil: 0 }), tier: 'L2' as const }),
  ],
  ['a store that is away', () => Promise.reject(new Error('away'))],
])('%s further down is for the route', async (_what, find) => {
  known.learn(TARGET, understood);
  held = undefined;
  below = find;
  expect(await ask()).toBe('route');
  expect(demand.cut(clock.now())).toEqual([]);
});

test('what is stale is answered, and refreshed behind', async () => {
  known.learn(TARGET, understood);
  held = { ...held!, freshUntil: clock.now() - 1 };
  expect(await ask()).toBe(200);
  expect(refreshed).toEqual([understood.page.key]);
  expect(demand.cut(clock.now())[0]?.totals).toEqual({ 'stale.L1': 1 });
});

test('each answer counts, for its page and its outcome', async () => {
  known.learn(TARGET, understood);
  for (const _read of [1, 2, 3]) await ask();
  const [chunk] = demand.cut(clock.now());
  expect(chunk?.keys).toMatchObject([{ key: understood.page.key, reads: 3 }]);
  expect(chunk?.totals).toEqual({ 'fresh.L1': 3 });
});

import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';
import { ageStoredPreviews } from '../support/test-servers.js';

/** As it is by default, but with less time between two visits. */
const POLITE = { HOST_CONCURRENCY: '2', HOST_SPACING: '20ms', ROBOTS: 'background' };

let stack: Stack;
const sites: FakeSite[] = [];

beforeAll(async () => {
  stack = await Stack.start({ workers: 2, environment: POLITE });
});

afterEach(() => Promise.all(sites.splice(0).map((site) => site.stop())));

afterAll(() => stack.stop());

/** A site on a host of its own: what one spec does to a host's patience is nothing to the next. */
let hosts = 1;
async function aSite(): Promise<FakeSite> {
  hosts += 1;
  const site = await FakeSite.start(`127.0.0.${hosts}`);
  sites.push(site);
  return site;
}

/** Pages whose visits are counted as they come and go; they are answered when `open` is called. */
function countedPages(site: FakeSite, paths: readonly string[]) {
  const waiting: ServerResponse[] = [];
  const seen = { now: 0, most: 0, all: 0 };
  for (const path of paths) {
    site.on(path, (_request, response) => {
      seen.now += 1;
      seen.all += 1;
      seen.most = Math.max(seen.most, seen.now);
      waiting.push(response);
    });
  }
  const answer = () => {
    for (const response of waiting.splice(0)) {
      seen.now -= 1;
      response.writeHead(200, { 'content-type': 'text/html' }).end(html('Counted'));
    }
  };
  return { seen, answer };
}

async function orderWarms(urls: readonly string[]): Promise<string> {
  const { body } = await call(stack.gateway, 'POST', '/v1/warm', {
    headers: { 'x-api-key': TOKENS.writer, 'content-type': 'application/json' },
    body: JSON.stringify({ urls }),
  });
  return body.data.href;
}

async function untilCompleted(href: string) {
  const look = async () => (await get(stack.gateway, href, { 'x-api-key': TOKENS.writer })).body.data;
  return eventually(look, ({ state }) => state === 'completed');
}

/** What the jobs of a page came to, as operators see them. */
async function endsOf(url: string, from = stack) {
  const jobs = await from.jobs('completed');
  return jobs.filter(({ data }) => data.url === url).map(({ returnValue }) => returnValue);
}

async function skips(from = stack): Promise<Record<string, number>> {
  const { body } = await get(from.gateway, '/v1/statistics', { 'x-api-key': TOKENS.operator });
  return body.data.totals.skips;
}

const paths = (count: number) => Array.from({ length: count }, (_, index) => `/page-${index}`);

describe('a host', () => {
  test('is visited by no more than its places at a time, by all workers together', async () => {
    const site = await aSite();
    const { seen, answer } = countedPages(site, paths(12));
    const reading = Promise.all(paths(12).map((path) => read(stack.gateway, site.url(path))));
    await eventually(
      () => Promise.resolve(seen.now === 2 && answer()),
      () => seen.all === 12,
    );
    answer();
    expect((await reading).map(({ status }) => status)).toEqual(paths(12).map(() => 200));
    expect(seen.most).toBe(2);
  });

  test('that is slow delays no read of another', async () => {
    const [slow, quick] = [await aSite(), await aSite()];
    const { seen, answer } = countedPages(slow, paths(60)); // more than both workers do at a time
    const reading = Promise.all(paths(60).map((path) => read(stack.gateway, slow.url(path), {}, '&wait=5s')));
    await eventually(
      () => Promise.resolve(seen.now),
      (now) => now === 2,
    );
    quick.page('/quick', html('Quick'));
    const startedAt = performance.now();
    expect((await read(stack.gateway, quick.url('/quick'))).body.data.title).toBe('Quick');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(seen.now).toBe(2);
    const timer = setInterval(answer, 10);
    await reading;
    clearInterval(timer);
    expect(seen.most).toBe(2);
  });

  test('has a place for a reader while warms wait', async () => {
    const site = await aSite();
    const { seen, answer } = countedPages(site, paths(4));
    const href = await orderWarms(paths(4).map((path) => site.url(path)));
    await eventually(
      () => Promise.resolve(seen.now),
      (now) => now === 1,
    );
    site.page('/urgent', html('Urgent'));
    expect((await read(stack.gateway, site.url('/urgent'))).body.data.title).toBe('Urgent');
    expect(seen.most).toBe(1);
    const timer = setInterval(answer, 10);
    expect((await untilCompleted(href)).outcomes).toEqual({ success: 4 });
    clearInterval(timer);
  });
});

describe('an origin that asks to be left alone', () => {
  test('is not visited again, for readers or in the background, and says so in their outcomes', async () => {
    const site = await aSite();
    site
      .on('/busy', (_request, response) => response.writeHead(429, { 'retry-after': '120' }).end())
      .page('/other', html('Other'))
      .page('/warm', html('Warm'));
    expect((await read(stack.gateway, site.url('/busy'))).body.data.statusCode).toBe(429);

    const other = await read(stack.gateway, site.url('/other'));
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: 'EORIGINSTATUS', data: { statusCode: 429 } });
    const { outcomes } = await untilCompleted(await orderWarms([site.url('/warm')]));
    expect(outcomes).toEqual({ EORIGINSTATUS: 1 });
    expect([site.visitsTo('/other'), site.visitsTo('/warm')]).toEqual([0, 0]);
    expect(await endsOf(site.url('/warm'))).toMatchObject([{ work: 'backed-off' }]);
    expect(await skips()).toMatchObject({ 'scrape.backed-off': 1, 'order.backed-off': 1 });
  });

  test('for a moment is visited by the background after it', async () => {
    const site = await aSite();
    site
      .on('/busy', (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end())
      .page('/warm', html('Warm'));
    await read(stack.gateway, site.url('/busy'));
    const { outcomes } = await untilCompleted(await orderWarms([site.url('/warm')]));
    expect(outcomes).toEqual({ success: 1 });
    expect(await endsOf(site.url('/warm'))).toMatchObject([{ work: 'scraped' }]);
  });
});

describe('a robots.txt that is against it', () => {
  test('stops warms and refreshes, and no reader', async () => {
    const site = await aSite();
    const url = site.url('/closed');
    site
      .on('/robots.txt', (_request, response) =>
        response.writeHead(200).end('User-agent: Warmlink\nDisallow: /closed'),
      )
      .page('/closed', html('Closed'))
      .page('/open', html('Open'));
    const { outcomes } = await untilCompleted(await orderWarms([url, site.url('/open')]));
    expect(outcomes).toEqual({ success: 1, EFORBIDDENURL: 1 });
    expect([site.visitsTo('/closed'), site.visitsTo('/open')]).toEqual([0, 1]);
    expect(await skips()).toMatchObject({ 'order.disallowed': 1 });

    expect((await read(stack.gateway, url)).body.data.title).toBe('Closed');
    expect(site.visitsTo('/closed')).toBe(1);

    await ageStoredPreviews(stack.databaseUrl, 3_600_000);
    const later = await Stack.start({ databaseUrl: stack.databaseUrl, environment: POLITE });
    try {
      const stale = await read(later.gateway, url);
      expect(stale.headers.get('cache-status')).toMatch(/ttl=-/);
      const isDisallowed = { outcome: 'EFORBIDDENURL', reason: expect.any(String), work: 'disallowed' };
      expect(
        await eventually(
          () => endsOf(url, later),
          (ends) => ends.length > 0,
        ),
      ).toMatchObject([isDisallowed]);
      for (let reader = 0; reader < 20; reader += 1)
        expect((await read(later.gateway, url)).body.data.title).toBe('Closed');
      expect(await endsOf(url, later)).toHaveLength(1);
      expect(await skips(later)).toMatchObject({ 'refresh.disallowed': 1 });
      expect(site.visitsTo('/closed')).toBe(1);
    } finally {
      await later.stop();
    }
  });
});

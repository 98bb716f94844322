import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type Answer, call, get, read, Stack, TOKENS } from '../support/stack.js';

const asWriter = { 'x-api-key': TOKENS.writer };

let site: FakeSite;
let other: FakeSite;
let stack: Stack;

beforeAll(async () => {
  [site, other, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    FakeSite.start('127.0.0.3'),
    Stack.start({ gateways: 2, environment: { WARM_ROUND: '100ms' } }),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
  await other.stop();
});

function post(path: string, body: object): Promise<Answer> {
  return call(stack.gateway, 'POST', path, {
    headers: { ...asWriter, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Orders something, and waits until it is done. */
async function done(path: string, body: object) {
  const { status, body: taken } = await post(path, body);
  expect([status, taken.status]).toEqual([202, 'pending']);
  const look = async () => (await get(stack.gateways[1]!, taken.data.href, asWriter)).body.data;
  return eventually(look, ({ state }) => state === 'completed');
}

/** Pages that are stored, and say something else from then on. */
async function changedPages(prefix: string, count: number, from = site): Promise<readonly string[]> {
  const paths = Array.from({ length: count }, (_, index) => `/${prefix}-${index}`);
  for (const path of paths) from.page(path, html('Before'));
  const urls = paths.map((path) => from.url(path));
  await Promise.all(urls.map((url) => read(stack.gateway, url)));
  for (const path of paths) from.page(path, html('After'));
  return urls;
}

async function titles(urls: readonly string[]): Promise<ReadonlySet<string>> {
  const answers = await Promise.all(
    urls.flatMap((url) => stack.gateways.map((gateway) => read(gateway, url))),
  );
  return new Set(answers.map(({ body }) => body.data.title));
}

describe('what is stored is visited again', () => {
  test('by its URL, though it is fresh, and every gateway shows it', async () => {
    const [url] = await changedPages('by-url', 1);
    expect(await titles([url!])).toEqual(new Set(['Before']));
    const batch = await done('/v1/refresh', { url });
    expect(batch).toMatchObject({ reason: 'refresh', total: 1, done: 1, outcomes: { success: 1 } });
    expect(await titles([url!])).toEqual(new Set(['After']));
    expect(site.visitsTo('/by-url-0')).toBe(2);
  });

  test('by a list of URLs, of which some name no page and some none that is known', async () => {
    const urls = await changedPages('listed', 2);
    site.page('/unknown', html('Unknown'));
    const { body } = await post('/v1/refresh', { urls: [...urls, site.url('/unknown'), 'nothing', urls[0]] });
    expect(body.data).toMatchObject({ total: 3, duplicates: 1, rejected: [{ index: 3, code: 'EINVALURL' }] });
    const look = async () => (await get(stack.gateway, body.data.href, asWriter)).body.data;
    await eventually(look, ({ state }) => state === 'completed');
    expect(await titles(urls)).toEqual(new Set(['After']));
    expect(site.visitsTo('/unknown')).toBe(1);
  });

  test('by its host, and no other host is', async () => {
    const [urls, others] = [await changedPages('hosted', 30, other), await changedPages('elsewhere', 1)];
    const { host } = new URL(urls[0]!);
    expect((await post('/v1/refresh', { host: 'nowhere.example' })).body.data).toMatchObject({ total: null });
    const batch = await done('/v1/refresh', { host });
    expect(batch).toMatchObject({ total: 30, listed: true, progress: 1, outcomes: { success: 30 } });
    expect(await titles(urls)).toEqual(new Set(['After']));
    expect(await titles(others)).toEqual(new Set(['Before']));
  });

  test.each([
    [{}, 'EINVALDATA'],
    [{ host: 'a.example', tag: 'b' }, 'EINVALDATA'],
    [{ host: 'a b' }, 'EINVALDATA'],
    [{ url: 'nothing' }, 'EINVALURL'],
  ])('and %j is refused with %s', async (body, code) => {
    expect((await post('/v1/refresh', body)).body.code).toBe(code);
  });
});

describe('tags', () => {
  test('are given by who orders pages, known ones or new, and name them for a refresh and a purge', async () => {
    site.page('/new', html('Before'));
    const [known, untagged] = await changedPages('tagged', 2);
    const visits = site.visitsTo('/tagged-0');
    await done('/v1/warm', { urls: [known, site.url('/new')], tags: ['tonight', 'a, b'] });
    expect(site.visitsTo('/tagged-0')).toBe(visits); // it is fresh
    for (const url of [known!, site.url('/new')]) {
      const names = (await read(stack.gateways[1]!, url)).headers.get('surrogate-key');
      expect(names?.split(' ').slice(2)).toEqual(['tag-tonight', 'tag-a%2C%20b']);
    }
    await done('/v1/warm', { urls: [known], tags: ['more'] });

    site.page('/new', html('After'));
    expect(await done('/v1/refresh', { tag: 'a, b' })).toMatchObject({ total: 2, outcomes: { success: 2 } });
    expect(await titles([known!, site.url('/new')])).toEqual(new Set(['After']));
    expect(await titles([untagged!])).toEqual(new Set(['Before']));
    const names = (await read(stack.gateway, known!)).headers.get('surrogate-key');
    expect(names?.split(' ').slice(2)).toEqual(['tag-more', 'tag-tonight', 'tag-a%2C%20b']);

    const purged = await call(stack.gateway, 'DELETE', '/v1/previews?tag=tonight', { headers: asWriter });
    expect(purged.body.data).toEqual({ purged: 2 });
    expect((await read(stack.gateways[1]!, known!)).headers.get('x-cache-status')).toBe('MISS');
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { QUEUE_PREFIX } from '#libs/redis';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { knock, makeKey, revokeKey, runKeys } from '../support/keys.js';
import { type Sample, tally, underLoad } from '../support/load.js';
import { withinAMinute } from '../support/minutes.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { call, type Gateway, get, read, Stack, TOKENS } from '../support/stack.js';

const LIMIT = 200;

/** So many that each of three nodes has some. */
const PAGES = Array.from({ length: 30 }, (_, index) => `/page/${index}`);

let site: FakeSite;
let cluster: RedisCluster;
let stack: Stack;

beforeAll(async () => {
  [site, cluster] = await Promise.all([FakeSite.start('127.0.0.2'), RedisCluster.start()]);
  stack = await Stack.start({
    gateways: 2,
    environment: {
      REDIS_CACHE_URL: cluster.url,
      REDIS_QUEUE_URL: cluster.url,
      RATE_LIMIT_PER_KEY: String(LIMIT),
      DEMAND_WINDOW: '200ms',
      WARM_ROUND: '200ms',
      JOB_LOCK: '2s',
      JOB_STALLED_CHECK: '1s',
    },
  });
  for (const path of PAGES) site.page(path, html(`Page ${path}`));
});

afterAll(async () => {
  await stack.stop();
  await Promise.all([site.stop(), cluster.stop()]);
});

const asWriter = { 'x-api-key': TOKENS.writer };
const json = { 'content-type': 'application/json' };

/** How many reads of a gateway came out of a tier. */
async function freshFrom(gateway: Gateway, tier: string): Promise<number> {
  const { body } = await get(gateway, '/metrics', { 'x-api-key': TOKENS.operator });
  const line = new RegExp(`^warmlink_reads_total\\{outcome="fresh",tier="${tier}"\\} (\\d+)`, 'm');
  return Number(line.exec(body)?.[1] ?? 0);
}

/** What gateway and worker say of their parts. */
function readiness() {
  const apps = [stack.gateway, stack.workers[0]!];
  return Promise.all(apps.map(async (app) => (await get(app, '/health/ready')).body));
}

const READY = { status: 'ready', parts: { postgres: 'up', cache: 'up', queue: 'up' } };

describe('on a cluster of six Redis servers', () => {
  test('a page that nobody knows is scraped once, and its job is on the board', async () => {
    site.page('/cold', html('Cold'));
    const url = site.url('/cold');
    const answers = await Promise.all(stack.gateways.map((gateway) => read(gateway, url)));
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 200, body: { data: { title: 'Cold' } } });
    expect(site.visitsTo('/cold')).toBe(1);
    const [job] = await stack.jobs('completed');
    expect(job).toMatchObject({ data: { url }, returnValue: { outcome: 'success' } });
  });

  test('what one gateway had scraped another finds in Redis, alone and as a part of a batch', async () => {
    const [first, second] = stack.gateways as [Gateway, Gateway];
    await Promise.all(PAGES.map((path) => read(first, site.url(path))));
    const alone = await read(second, site.url(PAGES[0]!));
    expect(alone.headers.get('cache-status')).toMatch(/hit; ttl=\d+; detail=L2/);
    const urls = PAGES.slice(1).map((path) => site.url(path));
    const before = await freshFrom(second, 'L2');
    const { status, body } = await call(second, 'POST', '/v1/previews', {
      headers: json,
      body: JSON.stringify({ urls }),
    });
    expect(status).toBe(200);
    expect(body.data.previews.map(({ data }: { data: { title: string } }) => data.title)).toEqual(
      PAGES.slice(1).map((path) => `Page ${path}`),
    );
    expect((await freshFrom(second, 'L2')) - before).toBe(urls.length);
  });

  test('a purge reaches every gateway, whichever node it listens at', async () => {
    for (let round = 0; round < 5; round += 1) {
      const path = `/purged/${round}`;
      site.page(path, html('Old'));
      for (const gateway of stack.gateways) await read(gateway, site.url(path));
      site.page(path, html('New'));
      const query = `url=${encodeURIComponent(site.url(path))}`;
      const purge = await call(stack.gateway, 'DELETE', `/v1/previews?${query}`, { headers: asWriter });
      expect(purge.status).toBe(200);
      const after = await Promise.all(stack.gateways.map((gateway) => read(gateway, site.url(path))));
      expect(after.map(({ body }) => body.data.title)).toEqual(['New', 'New']);
    }
  });

  test('a key that was revoked is let go of by every gateway', async () => {
    const { id, secret } = await makeKey(stack.gateway, 'reader');
    const knocks = () => Promise.all(stack.gateways.map((gateway) => knock(gateway, secret)));
    expect(await knocks()).toEqual([403, 403]);
    expect((await revokeKey(stack.gateway, id)).status).toBe(200);
    expect(await knocks()).toEqual([401, 401]);
  });

  test('so is one that the command line revokes', async () => {
    const { id, secret } = await makeKey(stack.gateway, 'reader');
    const knocks = () => Promise.all(stack.gateways.map((gateway) => knock(gateway, secret)));
    expect(await knocks()).toEqual([403, 403]);
    const said = runKeys(stack, ['revoke', id], { REDIS_CACHE_URL: cluster.url });
    expect(said).toContain('Gateways that were told: 2.');
    await eventually(knocks, (statuses) => statuses.every((status) => status === 401));
  });

  test('a limit is kept by both gateways together', async () => {
    const { secret } = await makeKey(stack.gateway, 'reader');
    await withinAMinute(15_000);
    const statuses: number[] = [];
    for (let sent = 0; sent < 2 * LIMIT; sent += 20) {
      const some = Array.from({ length: 20 }, (_, place) =>
        read(stack.gateways[place % 2]!, site.url('/cold'), { 'x-api-key': secret }),
      );
      statuses.push(...(await Promise.all(some)).map(({ status }) => status));
    }
    const within = statuses.filter((status) => status === 200).length;
    expect(within).toBeGreaterThanOrEqual(0.9 * LIMIT);
    expect(within).toBeLessThanOrEqual(1.1 * LIMIT);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  });

  test('pages that were ordered are warmed, and their reads are counted', async () => {
    site.page('/ordered', html('Ordered'));
    const { body } = await call(stack.gateway, 'POST', '/v1/warm', {
      headers: { ...asWriter, ...json },
      body: JSON.stringify({ urls: [site.url('/ordered')] }),
    });
    const batch = () => get(stack.gateway, `/v1/batches/${body.data.id}`, asWriter);
    await eventually(batch, (answer) => answer.body.data.state === 'completed');
    expect(site.visitsTo('/ordered')).toBe(1);
    const reads = () =>
      get(stack.gateway, '/v1/statistics?since=1h&step=1h', { 'x-api-key': TOKENS.operator });
    await eventually(reads, (answer) => JSON.stringify(answer.body).includes('"fresh"'));
  });

  test('a master that lost all it had is filled again', async () => {
    const owner = await cluster.ownerOf(`${QUEUE_PREFIX}:previews:id`);
    const other = cluster.nodes.slice(0, 3).find((node) => node !== owner)!;
    const previews = async () => (await other.client.keys('warmlink:preview:*')).length;
    const kept = await previews();
    expect(kept).toBeGreaterThan(0);
    await other.client.flushall();
    expect(await eventually(previews, (count) => count >= kept)).toBe(kept);
  });

  test('nobody is ready while any node, a replica too, may throw jobs away', async () => {
    const { client } = cluster.nodes[5]!;
    expect(await readiness()).toEqual([READY, READY]);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const unready = { status: 'unready', parts: { ...READY.parts, queue: 'may evict (allkeys-lru)' } };
    expect(await readiness()).toEqual([unready, unready]);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await readiness()).toEqual([READY, READY]);
  });
});

describe('while a replica takes over from a master', () => {
  /** Reads that go past memory while something happens to the cluster, until it is whole again. */
  async function readsDuring(happening: () => Promise<void>): Promise<readonly Sample[]> {
    const past = await stack.addGateway({ L1_MAX_AGE: '1ms', CACHE_DEADLINE: '100ms' });
    const urls = PAGES.map((path) => site.url(path));
    const samples = await underLoad([past], urls, 50, async () => {
      await happening();
      await eventually(readiness, (parts) => parts.every(({ status }) => status === 'ready'));
    });
    expect(tally(samples)).toEqual({ 200: samples.length });
    // The others find all of it in Redis again.
    const fromRedis = async () => {
      const answers = await Promise.all(urls.map((url) => read(past, url)));
      return answers.filter(({ headers }) => /detail=L2/.test(headers.get('cache-status') ?? '')).length;
    };
    await eventually(fromRedis, (count) => count === urls.length);
    return samples;
  }

  test('which died with the queue, no read of a known page fails; then new pages are scraped again', async () => {
    const { server, port } = await cluster.ownerOf(QUEUE_PREFIX);
    await readsDuring(async () => {
      server.process.signal('SIGKILL');
      await eventually(
        () => cluster.ownerOf(QUEUE_PREFIX),
        (owner) => owner.port !== port,
      );
    });
    site.page('/afterwards', html('Afterwards'));
    const { status, body } = await read(stack.gateway, site.url('/afterwards'));
    expect([status, body.data.title]).toEqual([200, 'Afterwards']);
  });

  test('which froze, no read of a known page fails or is late', async () => {
    const owner = await cluster.ownerOf(QUEUE_PREFIX);
    const frozen = cluster.nodes
      .slice(0, 3)
      .find((node) => node !== owner && node.client.status === 'ready')!;
    let frozenMs = 0;
    const samples = await readsDuring(async () => {
      const frozenAt = performance.now();
      frozen.server.process.signal('SIGSTOP');
      await eventually(
        () => owner.client.cluster('NODES'),
        (nodes) => new RegExp(`:${frozen.port}@.*master,fail `).test(String(nodes)),
      );
      frozenMs = performance.now() - frozenAt;
    });
    frozen.server.process.signal('SIGCONT');
    // Whoever waited for it from its beginning did so until the others had noticed.
    const late = samples.filter(({ ms }) => ms > frozenMs / 2);
    expect(late).toEqual([]);
  });
});

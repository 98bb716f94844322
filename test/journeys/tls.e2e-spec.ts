import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { cacheRedisAt, producerRedis } from '#libs/redis';
import { dataSourceOptions } from '#libs/store';
import { FakeSite, html } from '../support/fake-site.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { call, read, Stack, TOKENS } from '../support/stack.js';
import { uniqueName } from '../support/test-servers.js';
import { anAuthority, aTlsPostgres, aTlsRedis, type Authority, type TlsServer } from '../support/tls.js';

let site: FakeSite;
let authority: Authority;
let postgres: TlsServer;
let cache: TlsServer;
let queue: TlsServer;

beforeAll(async () => {
  authority = anAuthority();
  [site, postgres, cache, queue] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    aTlsPostgres(authority),
    aTlsRedis('cache', authority),
    aTlsRedis('queue', authority),
  ]);
});

afterAll(() => Promise.all([site, postgres, cache, queue].map((server) => server.stop())));

/** Reads, cold and known, and purges, on two gateways. */
async function journeyOn(servers: { readonly cache: string; readonly queue: string }): Promise<void> {
  const stack = await Stack.start({
    gateways: 2,
    environment: {
      DATABASE_URL: postgres.url,
      REDIS_CACHE_URL: servers.cache,
      REDIS_QUEUE_URL: servers.queue,
      NODE_EXTRA_CA_CERTS: authority.file,
      L1_MAX_AGE: '1ms', // what is read again comes out of Redis
      RATE_LIMIT_PER_ADDRESS: '1000',
    },
  });
  try {
    const path = `/${uniqueName('secure')}`;
    site.page(path, html('Secure'));
    const url = site.url(path);
    const cold = await read(stack.gateway, url);
    expect(cold).toMatchObject({ status: 200, body: { data: { title: 'Secure' } } });
    const known = await read(stack.gateways[1]!, url);
    expect(known.headers.get('cache-status')).toMatch(/hit; ttl=\d+; detail=L2/);
    const ready = await call(stack.gateway, 'GET', '/health/ready');
    expect(ready.body).toMatchObject({
      status: 'ready',
      parts: { postgres: 'up', cache: 'up', queue: 'up' },
    });
    const purge = await call(stack.gateway, 'DELETE', `/v1/previews?url=${encodeURIComponent(url)}`, {
      headers: { 'x-api-key': TOKENS.writer },
    });
    expect(purge.status).toBe(200);
  } finally {
    await stack.stop();
  }
}

test('the whole service runs on servers that speak nothing but TLS, with certificates of an authority of its own', async () => {
  await journeyOn({ cache: cache.url, queue: queue.url });
});

test('so it does on a cluster of such servers, that go by their names', async () => {
  const cluster = await RedisCluster.start(authority);
  try {
    await journeyOn({ cache: cluster.url, queue: cluster.url });
  } finally {
    await cluster.stop();
  }
});

/** Asks for something over a connection that is made for it, and gives why there was no answer. */
const REFUSALS: Readonly<Record<string, (where: (server: TlsServer) => string) => Promise<unknown>>> = {
  Postgres: async (where) => {
    const dataSource = new DataSource(dataSourceOptions(where(postgres), 1));
    return dataSource.initialize().then(() => dataSource.destroy(), faultOf);
  },
  'Redis (cache)': async (where) => {
    let tell: (fault: unknown) => void = () => undefined;
    const fault = new Promise<unknown>((resolve) => (tell = resolve));
    const redis = cacheRedisAt(where(cache), { onError: (error) => tell(faultOf(error)) });
    void redis.connect().then(
      () => tell('connected'),
      (error: unknown) => tell(faultOf(error)),
    );
    const told = await fault;
    await redis.close();
    return told;
  },
  'Redis (queue)': async (where) => {
    const redis = producerRedis(where(queue), AbortSignal.abort());
    const fault = new Promise((resolve) => {
      redis.on('error', (error) => resolve(faultOf(error)));
      redis.on('ready', () => resolve('connected'));
    });
    return fault.finally(() => redis.disconnect());
  },
};

/** Errors of TLS come from another realm than this file's. */
function faultOf(error: unknown): unknown {
  return (error as Error).message;
}

describe.each(Object.keys(REFUSALS))('%s', (name) => {
  const refusal = REFUSALS[name]!;

  test('is not believed when its certificate is of an authority that nobody named', async () => {
    const stranger = anAuthority();
    const fault = await refusal(({ url }) =>
      url.replace(encodeURIComponent(authority.file), encodeURIComponent(stranger.file)),
    );
    expect(fault).toMatch(/certificate|signature/);
  });
});

test('a certificate of another name is not that of Postgres', async () => {
  const fault = await REFUSALS['Postgres']!(({ url }) => url.replace('localhost', '127.0.0.1'));
  expect(fault).toContain("does not match certificate's altnames");
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { call, type Gateway, read, Stack, TOKENS } from '../support/stack.js';

const asWriter = { headers: { 'x-api-key': TOKENS.writer } };
let stack: Stack;
let site: FakeSite;
let otherSite: FakeSite;

beforeAll(async () => {
  [stack, site, otherSite] = await Promise.all([
    Stack.start({ gateways: 3, workers: 2 }),
    FakeSite.start('127.0.0.2'),
    FakeSite.start('127.0.0.3'),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await Promise.all([site.stop(), otherSite.stop()]);
});

function purge(gateway: Gateway, query: string) {
  return call(gateway, 'DELETE', `/v1/previews?${query}`, asWriter);
}

async function titlesOnAllGateways(url: string): Promise<string[]> {
  const answers = await Promise.all(stack.gateways.map((gateway) => read(gateway, url)));
  return answers.map(({ body }) => body.data.title);
}

describe('a purge', () => {
  test('by URL, however it is written, takes a preview out of every tier of every gateway', async () => {
    site.page('/by-url', html('Old'));
    expect(await titlesOnAllGateways(site.url('/by-url'))).toEqual(['Old', 'Old', 'Old']);
    site.page('/by-url', html('New'));

    const answer = await purge(
      stack.gateway,
      `url=${encodeURIComponent(`${site.url('/by-url')}?utm_source=x#y`)}`,
    );

    expect(answer).toMatchObject({ status: 200, body: { status: 'success', data: { purged: 1 } } });
    expect(await titlesOnAllGateways(site.url('/by-url'))).toEqual(['New', 'New', 'New']);
    expect(site.visitsTo('/by-url')).toBe(2);
  });

  test("by host takes that host's previews and nobody else's", async () => {
    const paths = ['/one', '/two', '/three'];
    for (const path of paths) {
      otherSite.page(path, html('Old'));
      await titlesOnAllGateways(otherSite.url(path));
    }
    site.page('/bystander', html('Old'));
    await titlesOnAllGateways(site.url('/bystander'));
    for (const path of paths) otherSite.page(path, html('New'));

    const { body } = await purge(stack.gateways[1]!, `host=${new URL(otherSite.url('/')).host}`);

    expect(body.data.purged).toBe(3);
    for (const path of paths) {
      expect(await titlesOnAllGateways(otherSite.url(path))).toEqual(['New', 'New', 'New']);
    }
    await titlesOnAllGateways(site.url('/bystander'));
    expect(site.visitsTo('/bystander')).toBe(1);
  });

  test('asks for a writer, and for exactly one target', async () => {
    expect((await call(stack.gateway, 'DELETE', '/v1/previews?url=https://example.com')).body.code).toBe(
      'EAUTH',
    );
    const reader = { headers: { 'x-api-key': TOKENS.reader } };
    expect((await call(stack.gateway, 'DELETE', '/v1/previews?tag=x', reader)).body.code).toBe('EFORBIDDEN');
    for (const query of ['', 'url=https://a.example&host=a.example', 'host=', 'hostname=a.example']) {
      expect([query, (await purge(stack.gateway, query)).body.code]).toEqual([query, 'EINVALDATA']);
    }
    expect((await purge(stack.gateway, 'url=nonsense')).body.code).toBe('EINVALURL');
  });

  test('in the middle of a scrape voids it: the reader gets the page from after the purge', async () => {
    const old = site.gatedPage('/mid-scrape', html('Old'));
    const reading = read(stack.gateway, site.url('/mid-scrape'));
    await old.arrived;
    await purge(stack.gateways[2]!, `url=${encodeURIComponent(site.url('/mid-scrape'))}`);
    site.page('/mid-scrape', html('New'));
    old.open();
    expect((await reading).body.data.title).toBe('New');
    expect(await titlesOnAllGateways(site.url('/mid-scrape'))).toEqual(['New', 'New', 'New']);
  });

  test('racing 200 times with scrapes and fills on three gateways never lets the purged version be served again', async () => {
    let version = 0;
    let slowMs = 0;
    site.on('/race', (_request, response) => {
      const page = html(String(version)); // as it was when the visitor came
      setTimeout(() => response.writeHead(200, { 'content-type': 'text/html' }).end(page), slowMs);
    });
    const url = site.url('/race');
    let resurrected = 0;
    let failed = 0;
    for (let round = 0; round < 200; round += 1) {
      // A scrape is under way in every round, hurried or not, and readers whose looks at the tiers are.
      slowMs = round % 10;
      const scrape = round % 2 === 0 ? '&staleTtl=0' : '&force=true';
      const readers = stack.gateways.map((gateway) => read(gateway, url, asWriter.headers, scrape));
      if (round % 3 !== 0) await Promise.race(readers);
      version += 1;
      const purged = await purge(stack.gateways[round % 3]!, `url=${encodeURIComponent(url)}`);
      if (purged.status !== 200) failed += 1;
      const after = await Promise.all(
        [...stack.gateways, ...stack.gateways].map((gateway) => read(gateway, url)),
      );
      resurrected += after.filter(({ body }) => Number(body.data.title) < version).length;
      await Promise.all(readers);
    }
    expect({ resurrected, failed }).toEqual({ resurrected: 0, failed: 0 });
  });

  test('that Redis could not be told of is done when it is asked for again', async () => {
    const lonely = await Stack.start({ gateways: 2 });
    const { cache } = lonely;
    try {
      site.page('/told-later', html('Old'));
      for (const gateway of lonely.gateways) await read(gateway, site.url('/told-later'));
      site.page('/told-later', html('New'));
      const host = `host=${new URL(site.url('/')).host}`;
      cache.process.signal('SIGSTOP');
      expect((await purge(lonely.gateway, host)).status).toBe(503);
      cache.process.signal('SIGCONT');
      while ((await purge(lonely.gateway, host)).status !== 200);
      for (const gateway of lonely.gateways) {
        expect((await read(gateway, site.url('/told-later'))).body.data.title).toBe('New');
      }
    } finally {
      await lonely.stop();
      await cache.stop();
    }
  });

  test('that Redis can not be told of is not acknowledged', async () => {
    const lonely = await Stack.start({ workers: 0 });
    try {
      lonely.cache.process.signal('SIGKILL');
      await lonely.cache.process.ended;
      expect(await purge(lonely.gateway, 'url=https://example.com')).toMatchObject({
        status: 503,
        body: { code: 'EUNAVAILABLE' },
      });
    } finally {
      await lonely.stop();
    }
  });
});

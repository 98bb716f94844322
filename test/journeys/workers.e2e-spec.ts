import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import sharp from 'sharp';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { get, read, Stack } from '../support/stack.js';

let site: FakeSite;

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
});

afterAll(() => site.stop());

describe('workers by role', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ workers: 0, environment: { DEMAND_WINDOW: '200ms' } });
  });

  afterAll(() => stack.stop());

  /** How many pages there is a demand for. */
  async function pagesCounted(): Promise<number> {
    const client = new Client(stack.databaseUrl);
    await client.connect();
    const { rows } = await client.query(`SELECT count(*)::int AS keys FROM demand`);
    await client.end();
    return rows[0].keys;
  }

  test('take jobs of their own queues alone, and together of all', async () => {
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#1B1F24' } })
      .png()
      .toBuffer();
    site.on('/role.png', (_request, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(picture),
    );
    site.page('/role', html('Role', '<meta property="og:image" content="/role.png">'));
    const url = site.url('/role');

    await stack.addWorker({ WORKER_QUEUES: 'palettes' });
    expect(await read(stack.gateway, url, {}, '&wait=500ms')).toMatchObject({ status: 202 });

    await stack.addWorker({ WORKER_QUEUES: 'previews' });
    const scraped = await read(stack.gateway, url, {}, '&palette=true');
    expect(scraped).toMatchObject({ status: 200, body: { data: { image: { palette: ['#1B1F24'] } } } });
    expect(await pagesCounted()).toBe(0);

    await stack.addWorker({ WORKER_QUEUES: 'demand' });
    await eventually(pagesCounted, (keys) => keys === 1);
  });

  test('refuse to start for a queue that there is not', async () => {
    const said = await stack.failToStart('worker', { WORKER_QUEUES: 'previews,mails' });
    expect(said).toContain('WORKER_QUEUES: expected any of previews, palettes, demand');
  });
});

describe('a worker that is told to stop', () => {
  test('ends the jobs that it has and takes no other', async () => {
    const stack = await Stack.start();
    try {
      const [worker] = stack.workers;
      const gate = site.gatedPage('/under-way', html('Under way'));
      const reading = read(stack.gateway, site.url('/under-way'));
      await gate.arrived;
      const stopped = worker!.process.stop();
      await eventually(
        () => get(worker!, '/health/ready'),
        ({ body }) => body.status === 'stopping', // it has heard of it
      );
      site.page('/afterwards', html('Afterwards'));
      const late = await read(stack.gateway, site.url('/afterwards'), {}, '&wait=500ms');
      gate.open();
      expect(await reading).toMatchObject({ status: 200, body: { data: { title: 'Under way' } } });
      await stopped;
      expect(await worker!.process.ended).toMatch(/SIGTERM/);
      expect(late.status).toBe(202);
      expect([site.visitsTo('/under-way'), site.visitsTo('/afterwards')]).toEqual([1, 0]);
      await stack.addWorker();
      expect(await read(stack.gateway, site.url('/afterwards'))).toMatchObject({ status: 200 });
    } finally {
      await stack.stop();
    }
  });

  test('leaves what is not done by DRAIN_TIMEOUT to another', async () => {
    const stack = await Stack.start({
      environment: { DRAIN_TIMEOUT: '500ms', JOB_LOCK: '2s', JOB_STALLED_CHECK: '500ms' },
    });
    try {
      const [worker] = stack.workers;
      const gate = site.gatedPage('/too-long', html('Too long'));
      const reading = read(stack.gateway, site.url('/too-long'));
      await gate.arrived;
      const start = performance.now();
      await worker!.process.stop();
      expect(performance.now() - start).toBeLessThan(10_000); // and not FETCH_TIMEOUT, or its death by the launcher
      expect(await worker!.process.ended).toMatch(/SIGTERM/);
      gate.open();
      await stack.addWorker();
      expect(await reading).toMatchObject({ status: 200, body: { data: { title: 'Too long' } } });
      expect(site.visitsTo('/too-long')).toBe(2);
    } finally {
      await stack.stop();
    }
  });
});

test('of any number of workers one makes the rounds of the warm loop, and another one when that has gone', async () => {
  const stack = await Stack.start({ gateways: 0, workers: 3, environment: { WARM_ROUND: '50ms' } });
  const client = new Client(stack.databaseUrl);
  try {
    await client.connect();
    const holder = async (): Promise<string | undefined> => {
      const { rows } = await client.query(`SELECT holder FROM lease WHERE name = 'warm-loop'`);
      return rows[0]?.holder;
    };
    const first = await eventually(holder, (seen) => seen !== undefined);
    for (let look = 0; look < 50; look += 1) expect(await holder()).toBe(first);
    // Whoever goes gives it back: none has to wait for the lease to run out.
    await stack.workers[0]!.process.stop();
    await stack.workers[1]!.process.stop();
    const last = await eventually(holder, (seen) => seen !== undefined);
    expect(await holder()).toBe(last);
    await stack.workers[2]!.process.stop();
    expect(await holder()).toBeUndefined();
  } finally {
    await client.end();
    await stack.stop();
  }
});

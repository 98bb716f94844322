import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Queue, Worker } from 'bullmq';
import { canonicalUrl, previewKey } from '#libs/preview';
import { QUEUE_PREFIX } from '#libs/redis';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { makeKey } from '../support/keys.js';
import { call, type Gateway, get, read, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let readOnly: Gateway;
let site: FakeSite;

beforeAll(async () => {
  [site, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    Stack.start({ workers: 0, environment: { WARM_ROUND: '100ms', DEMAND_WINDOW: '10m' } }),
  ]);
  readOnly = await stack.addGateway({ BULL_BOARD_READ_ONLY: 'true' });
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

const asOperator = { authorization: `Basic ${btoa(`me:${TOKENS.operator}`)}` };

/** A queue as an operator sees it, with its jobs of a state. */
async function shown(status: string, name = 'previews') {
  const path = `/queues/api/queues?activeQueue=${name}&status=${status}&jobsPerPage=100`;
  const { body } = await get(stack.gateway, path, asOperator);
  return body.queues.find((queue: { name: string }) => queue.name === name);
}

/** Jobs by their pages. */
async function jobOf(status: string, path: string) {
  const { jobs } = await shown(status);
  return jobs.find(({ data }: { data: { url: string } }) => data.url === site.url(path));
}

describe('the board of the queues', () => {
  test('says of each job that waits what it is for, and who asked; and counts them', async () => {
    site.page('/anonymous', html('Anonymous')).page('/key', html('Key'));
    const { secret } = await makeKey(stack.gateway, 'reader', 'the newsletter');
    await read(stack.gateway, site.url('/anonymous'), {}, '&wait=0');
    await read(stack.gateway, site.url('/key'), { 'x-api-key': secret }, '&wait=0');
    const { counts, jobs } = await shown('prioritized');
    expect(counts).toMatchObject({ prioritized: 2, active: 0, completed: 0, failed: 0 });
    expect(jobs.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      `scrape ${site.url('/anonymous')} for anonymous`,
      `scrape ${site.url('/key')} for the newsletter`,
    ]);
    const { data } = await jobOf('prioritized', '/key');
    expect(data).toMatchObject({ url: site.url('/key'), askedBy: 'the newsletter', seenVersion: null });
    expect(JSON.stringify(jobs)).not.toContain(secret);
    expect(JSON.stringify(jobs)).not.toContain('127.0.0.1'); // who asked is a name, and no address
  });

  test('only shows where it is to, and changes nothing', async () => {
    const { status, body } = await get(readOnly, '/queues/api/queues', asOperator);
    expect(status).toBe(200);
    expect(body.queues).toHaveLength(3);
    for (const queue of body.queues) expect(queue).toMatchObject({ readOnlyMode: true, allowRetries: false });
    const { id } = await jobOf('prioritized', '/key');
    for (const [method, path] of [
      ['PUT', '/queues/api/queues/previews/pause'],
      ['PUT', '/queues/api/queues/pause'],
      ['PUT', '/queues/api/queues/previews/empty'],
      ['PUT', `/queues/api/queues/previews/${id}/clean`],
      ['PUT', `/queues/api/queues/previews/${id}/retry`],
      ['POST', '/queues/api/queues/previews/add'],
    ] as const) {
      const refused = await call(readOnly, method, path, { headers: asOperator });
      expect([path, refused.status, refused.body.code]).toEqual([path, 405, 'EMETHOD']);
    }
    expect((await call(readOnly, 'PUT', '/queues/api/queues/previews/pause')).status).toBe(401);
    expect(await shown('prioritized')).toMatchObject({ isPaused: false, counts: { prioritized: 2 } });
  });

  test('retries a job that failed, and shows what came of it', async () => {
    site.page('/again', html('Again'));
    const url = canonicalUrl(site.url('/again'));
    const connection = { url: stack.queue.url };
    const queue = new Queue('previews', { prefix: QUEUE_PREFIX, connection });
    const data = { key: previewKey(url), url, seenVersion: null, insist: false, askedBy: 'a test' };
    await call(stack.gateway, 'PUT', '/queues/api/queues/previews/empty', { headers: asOperator });
    const { id } = await queue.add('scrape', data, { attempts: 1 });
    const broken = new Worker('previews', () => Promise.reject(new Error('Postgres is away')), {
      prefix: QUEUE_PREFIX,
      connection,
    });
    const failed = await eventually(
      () => jobOf('failed', '/again'),
      (job) => job !== undefined,
    );
    await Promise.all([broken.close(), queue.close()]);
    expect(failed).toMatchObject({ id, isFailed: true, failedReason: 'Postgres is away' });
    expect((await shown('failed')).counts).toMatchObject({ failed: 1, completed: 0 });

    await stack.addWorker();
    const retry = `/queues/api/queues/previews/${id}/retry`;
    expect((await call(stack.gateway, 'PUT', retry, { headers: asOperator })).status).toBe(204);
    const completed = await eventually(
      () => jobOf('completed', '/again'),
      (job) => job !== undefined,
    );
    expect(completed).toMatchObject({
      name: `scrape ${site.url('/again')} for a test`,
      returnValue: { outcome: 'success', reason: null, work: 'scraped', version: expect.any(Number) },
    });
    expect((await shown('failed')).counts).toMatchObject({ failed: 0, completed: 1, prioritized: 0 });
    expect((await read(stack.gateway, site.url('/again'))).body.data.title).toBe('Again');
  });

  test('shows what an origin said, as an outcome of a job that is complete', async () => {
    await read(stack.gateway, site.url('/nowhere'));
    const job = await eventually(
      () => jobOf('completed', '/nowhere'),
      (job) => job !== undefined,
    );
    expect(job).toMatchObject({
      isFailed: false,
      returnValue: { outcome: 'ENOTFOUND', work: 'scraped' },
    });
  });

  test('says of which page colours are looked for, and who asked', async () => {
    const image = '<meta property="og:image" content="/picture.png">';
    site.page('/colours', html('Colours', image)).page('/picture.png', 'no picture');
    const { secret } = await makeKey(stack.gateway, 'reader', 'the design');
    await read(stack.gateway, site.url('/colours'), { 'x-api-key': secret }, '&palette=true');
    const { jobs } = await eventually(
      () => shown('completed', 'palettes'),
      (queue) => queue.jobs.length > 0,
    );
    expect(jobs).toMatchObject([
      {
        name: `palette ${site.url('/colours')} for the design`,
        data: { url: site.url('/colours'), askedBy: 'the design' },
      },
    ]);
  });

  test('tells warms that were ordered by whose list it is', async () => {
    site.page('/ordered', html('Ordered'));
    const { secret } = await makeKey(stack.gateway, 'writer', 'tonight');
    await call(stack.gateway, 'POST', '/v1/warm', {
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify({ urls: [site.url('/ordered')] }),
    });
    const job = await eventually(
      () => jobOf('completed', '/ordered'),
      (job) => job !== undefined,
    );
    expect(job).toMatchObject({
      name: `warm ${site.url('/ordered')} for tonight`,
      data: { askedBy: 'tonight', ordered: true },
    });
  });
});

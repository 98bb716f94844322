import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start({ gateways: 2, workers: 2 }), FakeSite.start('127.0.0.2')]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

describe('a cold read', () => {
  test('scrapes the page and answers in the shape of the contract', async () => {
    const head = `
      <meta property="og:title" content="A &amp; B"><meta name="description" content="What it is about.">
      <meta property="og:image" content="/picture.png"><meta property="og:site_name" content="The Site">
      <meta name="author" content="By Ada Lovelace"><meta property="article:published_time" content="2026-01-02T03:04:05Z">
      <link rel="canonical" href="https://canonical.example/page"><link rel="icon" href="icon.png">`;
    site.page('/page', html('Ignored', head));

    const answer = await read(stack.gateway, site.url('/page'));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-cache-status')).toBe('MISS');
    expect(answer.headers.get('cache-status')).toMatch(/^warmlink; fwd=miss; stored; ttl=\d+; detail=L2$/);
    expect(answer.body).toMatchObject({
      status: 'success',
      statusCode: 200,
      redirects: [],
      headers: { 'content-type': 'text/html; charset=utf-8' },
      data: {
        url: 'https://canonical.example/page',
        title: 'A & B',
        description: 'What it is about.',
        image: { url: site.url('/picture.png') },
        logo: { url: site.url('/icon.png') },
        lang: 'en',
        publisher: 'The Site',
        author: 'Ada Lovelace',
        date: '2026-01-02T03:04:05.000Z',
        video: null,
        audio: null,
        iframe: null,
      },
    });
  });

  test('is also answered on the bare path', async () => {
    site.page('/bare', html('Bare'));
    const answer = await get(
      stack.gateway,
      `/?url=${encodeURIComponent(site.url('/bare'))}&screenshot=true&palette=false`,
    );
    expect(answer.body).toMatchObject({ status: 'success', data: { title: 'Bare' } });
  });

  test('follows redirects, says so, and resolves URLs against where it ended', async () => {
    site.on('/from', (_request, response) => response.writeHead(302, { location: '/deep/to' }).end());
    site.page('/deep/to', html('To', '<meta property="og:image" content="pic.png">'));
    const answer = await read(stack.gateway, site.url('/from'));
    expect(answer.body.redirects).toEqual([{ statusCode: 302, url: site.url('/from') }]);
    expect(answer.body.data.image.url).toBe(site.url('/deep/pic.png'));
  });

  test('drops what only tracks before it visits', async () => {
    site.page('/tracked', html('Tracked'));
    await read(stack.gateway, site.url('/tracked?utm_source=news&id=7&fbclid=x'));
    expect(site.visitsTo('/tracked?id=7')).toBe(1);
  });
});

describe('any number of readers', () => {
  test('of one missing page through two gateways cost the origin one request, and so do those who come as it ends', async () => {
    const page = site.gatedPage('/crowd', html('Crowd'));
    const crowd = (size: number) =>
      Array.from({ length: size }, (_, index) => read(stack.gateways[index % 2]!, site.url('/crowd')));

    const first = crowd(100);
    await page.arrived;
    page.open();
    // The second hundred come while the first are being answered: some look before the job ends and ask after.
    await Promise.race(first);
    const answers = await Promise.all([...first, ...crowd(100)]);

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200));
    expect(site.visitsTo('/crowd')).toBe(1);
  });
});

test('a thousand who come at once to three gateways cost the origin one request', async () => {
  const gateways = [...stack.gateways, await stack.addGateway()];
  const page = site.gatedPage('/thousand', html('Thousand'));
  const reading = Array.from({ length: 1_000 }, (_, index) =>
    read(gateways[index % 3]!, site.url('/thousand')),
  );
  await page.arrived;
  page.open();
  const answers = await Promise.all(reading);
  expect(answers.filter(({ status, body }) => status === 200 && body.data.title === 'Thousand')).toHaveLength(
    1_000,
  );
  expect(site.visitsTo('/thousand')).toBe(1);
});

test('a picture is its own preview', async () => {
  const gif = Buffer.from('GIF89a\xb0\x04\x20\x03', 'latin1');
  site.on('/kettle.gif', (_request, response) =>
    response.writeHead(200, { 'content-type': 'image/gif' }).end(gif),
  );
  const { status, body } = await read(stack.gateway, site.url('/kettle.gif'));
  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    title: 'kettle.gif',
    publisher: '127.0.0.2',
    image: { url: site.url('/kettle.gif'), type: 'gif', width: 1200, height: 800 },
  });
});

describe('an origin that gives no page ends as a stored outcome', () => {
  const outcomes: readonly [string, string, number, string, number | null][] = [
    ['is not there', '/missing', 404, 'ENOTFOUND', 404],
    ['is gone', '/gone', 404, 'ENOTFOUND', 410],
    ['fails', '/broken', 422, 'EORIGINSTATUS', 500],
    ['is no page', '/archive.zip', 422, 'ENOTPREVIEWABLE', 200],
    ['redirects for ever', '/loop', 422, 'EMAXREDIRECTS', null],
    ['hangs up', '/hangs-up', 422, 'EUNREACHABLE', null],
    ['is compressed in a way that it is not', '/not-gzip', 422, 'EDECODE', null],
    ['is no brotli', '/not-brotli', 422, 'EDECODE', null],
    ['speaks no HTTP', '/not-http', 422, 'EUNREACHABLE', null],
    ['says "unchanged" to who asked for no change', '/unasked', 422, 'EORIGINSTATUS', 304],
    ['has nothing to show', '/nothing', 422, 'ENOTPREVIEWABLE', 204],
    ['redirects to a file', '/to-file', 403, 'EFORBIDDENURL', null],
    ['redirects to a private address', '/to-private', 403, 'EFORBIDDENURL', null],
  ];

  beforeAll(() => {
    const redirect =
      (location: string) => (_request: unknown, response: import('node:http').ServerResponse) =>
        response.writeHead(301, { location }).end();
    site
      .on('/gone', (_request, response) => response.writeHead(410).end())
      .on('/broken', (_request, response) => response.writeHead(500).end())
      .on('/archive.zip', (_request, response) =>
        response.writeHead(200, { 'content-type': 'application/zip' }).end('PK\x03\x04'),
      )
      .on('/loop', redirect('/loop'))
      .on('/hangs-up', (request) => request.socket.destroy())
      .on('/not-gzip', (_request, response) =>
        response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end('plain'),
      )
      .on('/not-brotli', (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'br' })
          .end(Buffer.alloc(15, 0xff)),
      )
      .on('/not-http', (request) => request.socket.end('HTTP/1.1 200 OK\r\nno colon\r\n\r\n'))
      .on('/unasked', (_request, response) => response.writeHead(304).end())
      .on('/nothing', (_request, response) => response.writeHead(204).end())
      .on('/to-file', redirect('file:///etc/passwd'))
      .on('/to-private', redirect('http://10.0.0.1/'));
  });

  /** Of its page there is a failure, and another read finds the same without a visit. */
  async function expectStored(
    { gateway }: Stack,
    path: string,
    status: number,
    code: string,
    originStatus: number | null,
  ): Promise<void> {
    const first = await read(gateway, site.url(path));
    const visits = site.visitsTo(path);
    const second = await read(gateway, site.url(path));

    expect(first.status).toBe(status);
    expect(first.body).toEqual({
      status: 'fail',
      code,
      message: expect.any(String),
      more: expect.any(String),
      url: expect.any(String),
      id: first.headers.get('x-request-id'),
      data: { statusCode: originStatus },
    });
    expect(second.body.code).toBe(code);
    expect(second.headers.get('x-cache-status')).toBe('HIT');
    expect(site.visitsTo(path)).toBe(visits);
  }

  test.each(outcomes)('%s', async (_what, path, status, code, originStatus) => {
    await expectStored(stack, path, status, code, originStatus);
  });

  test('hangs', async () => {
    site.on('/hanging', () => undefined);
    const hasty = await Stack.start({ environment: { FETCH_TIMEOUT: '1s' } });
    try {
      await expectStored(hasty, '/hanging', 422, 'EORIGINTIMEOUT', null);
    } finally {
      await hasty.stop();
    }
  });

  test('an operator reads it in Bull Board', async () => {
    const basic = `Basic ${Buffer.from(`operator:${TOKENS.operator}`).toString('base64')}`;
    const { body } = await get(
      stack.gateway,
      '/queues/api/queues?activeQueue=previews&status=completed&jobsPerPage=100',
      {
        authorization: basic,
      },
    );
    const jobs: { data: { url: string }; returnValue: unknown }[] = body.queues[0].jobs;
    const broken = jobs.find(({ data }) => data.url === site.url('/broken'));
    expect(broken?.returnValue).toMatchObject({
      outcome: 'EORIGINSTATUS',
      reason: 'The origin answered 500.',
    });
  });
});

test('an answer that is too large to read is a failure of the page', async () => {
  site.on('/large', (_request, response) =>
    response.writeHead(200, { 'x-large': 'x'.repeat(100_000) }).end(),
  );
  expect(await read(stack.gateway, site.url('/large'))).toMatchObject({
    status: 422,
    body: { status: 'fail', code: 'ETOOLARGE' },
  });
});

describe('a worker that is killed in the middle of a scrape', () => {
  test('costs a reader no more than the stalled-job interval, and leaves nothing active', async () => {
    const lonely = await Stack.start({
      workers: 1,
      environment: { JOB_LOCK: '1s', JOB_STALLED_CHECK: '500ms' },
    });
    try {
      const page = site.gatedPage('/interrupted', html('Interrupted'));
      const reading = read(lonely.gateway, site.url('/interrupted'));
      await page.arrived;
      lonely.workers[0]!.process.signal('SIGKILL');
      page.open();
      await lonely.addWorker();

      const answer = await reading;
      expect(answer.body).toMatchObject({ status: 'success', data: { title: 'Interrupted' } });
      const basic = `Basic ${Buffer.from(`operator:${TOKENS.operator}`).toString('base64')}`;
      const { body } = await call(lonely.gateway, 'GET', '/queues/api/queues', {
        headers: { authorization: basic },
      });
      expect(body.queues[0].counts).toMatchObject({ active: 0, completed: 1 });
    } finally {
      await lonely.stop();
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack, TOKENS } from '../support/stack.js';
import { ageStoredPreviews } from '../support/test-servers.js';

const HOUR = 3_600_000;
let site: FakeSite;
let first: Stack;

beforeAll(async () => {
  [site, first] = await Promise.all([FakeSite.start('127.0.0.2'), Stack.start()]);
});

afterAll(async () => {
  await first.stop();
  await site.stop();
});

/** A stack that knows the pages only from the database, where they have run out of their lifetime. */
async function aStackWithOldCopies(
  paths: readonly string[],
  options: Parameters<typeof Stack.start>[0] = {},
): Promise<Stack> {
  for (const path of paths) await read(first.gateway, site.url(path));
  await ageStoredPreviews(first.databaseUrl, HOUR);
  return Stack.start({ ...options, databaseUrl: first.databaseUrl });
}

describe('an expired preview within its grace', () => {
  test('is answered at once to a thousand readers on three gateways, and refreshed once', async () => {
    site.page('/crowd', html('Old'));
    const stack = await aStackWithOldCopies(['/crowd'], { gateways: 3 });
    try {
      const page = site.gatedPage('/crowd', html('New'));
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => read(stack.gateways[index % 3]!, site.url('/crowd'))),
      );
      // The origin has not answered yet: nobody can have waited for it.
      expect(new Set(answers.map(({ body }) => body.data.title))).toEqual(new Set(['Old']));
      expect(answers.every(({ headers }) => headers.get('x-cache-status') === 'HIT')).toBe(true);
      expect(answers[0]?.headers.get('cache-status')).toMatch(/^warmlink; hit; ttl=-\d+; detail=L\d$/);

      page.open();
      for (const gateway of stack.gateways) await untilTitle(gateway, '/crowd', 'New');
      expect(site.visitsTo('/crowd')).toBe(2);
    } finally {
      await stack.stop();
    }
  });

  test('lives on while its origin fails, and is gone when the page is', async () => {
    site.page('/failing', html('Kept')).page('/removed', html('Removed'));
    const stack = await aStackWithOldCopies(['/failing', '/removed']);
    try {
      site.on('/failing', (_request, response) => response.writeHead(500).end());
      site.on('/removed', (_request, response) => response.writeHead(410).end());
      const limits = '&ttl=1m'; // refreshed before the answer
      const failing = await read(stack.gateway, site.url('/failing'), {}, limits);
      const removed = await read(stack.gateway, site.url('/removed'), {}, limits);
      expect(failing.body).toMatchObject({ status: 'success', data: { title: 'Kept' } });
      expect(removed).toMatchObject({ status: 404, body: { code: 'ENOTFOUND', data: { statusCode: 410 } } });

      // Gone stays gone, also when the origin's next word is only that it is busy.
      site.on('/removed', (_request, response) => response.writeHead(500).end());
      const writer = { 'x-api-key': TOKENS.writer };
      const insisted = await read(stack.gateway, site.url('/removed'), writer, '&force=true');
      expect(insisted.body.code).toBe('EORIGINSTATUS');

      const visits = site.visitsTo('/failing');
      await read(stack.gateway, site.url('/failing'), {}, limits);
      expect(site.visitsTo('/failing')).toBe(visits); // the origin is left alone for a while
    } finally {
      await stack.stop();
    }
  });

  test('is renewed by a 304 without being sent again', async () => {
    const etag = '"1"';
    const conditions: (string | undefined)[] = [];
    site.on('/validated', (request, response) => {
      conditions.push(request.headers['if-none-match']);
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { 'content-type': 'text/html', etag }).end(html('Validated'));
    });
    const stack = await aStackWithOldCopies(['/validated']);
    try {
      const renewed = await read(stack.gateway, site.url('/validated'), {}, '&ttl=1m');
      expect(renewed.body.data.title).toBe('Validated');
      expect(Number(renewed.headers.get('x-cache-ttl'))).toBeGreaterThan(60_000);
      expect(conditions).toEqual([undefined, etag]);
    } finally {
      await stack.stop();
    }
  });
});

test('a page that was gone and is back, with the validator that it had, is scraped anew', async () => {
  let status = 200;
  site.on('/back', (request, response) => {
    if (status === 200 && request.headers['if-none-match'] === '"a"') response.writeHead(304).end();
    else response.writeHead(status, { 'content-type': 'text/html', etag: '"a"' }).end(html('Back'));
  });
  const writer = { 'x-api-key': TOKENS.writer };
  const titles: unknown[] = [];
  for (status of [200, 404, 200]) {
    const { body } = await read(first.gateway, site.url('/back'), writer, '&force=true');
    titles.push(body.data.title ?? body.code);
  }
  expect(titles).toEqual(['Back', 'ENOTFOUND', 'Back']);
});

describe('an urgent read', () => {
  test('that meets a refresh which waits is served before those that nobody waits for', async () => {
    const paths = Array.from({ length: 10 }, (_, index) => `/queued-${index}`);
    for (const path of paths) site.page(path, html('Old'));
    const stack = await aStackWithOldCopies(paths, { environment: { WORKER_CONCURRENCY: '1' } });
    try {
      const busy = site.gatedPage('/busy', html('Busy'));
      const order: string[] = [];
      for (const path of paths) {
        site.on(path, (_request, response) => {
          order.push(path);
          response.writeHead(200, { 'content-type': 'text/html' }).end(html('New'));
        });
      }
      const occupying = read(stack.gateway, site.url('/busy'));
      await busy.arrived;
      for (const path of paths) await read(stack.gateway, site.url(path)); // each answered stale, each queues a refresh
      const urgent = read(stack.gateway, site.url('/queued-9'), {}, '&ttl=1m');
      await untilHurried(stack, site.url('/queued-9'));
      busy.open();
      expect((await urgent).body.data.title).toBe('New');
      expect(order[0]).toBe('/queued-9');
      await occupying;
    } finally {
      await stack.stop();
    }
  });

  test('that meets a refresh under way joins it', async () => {
    site.page('/running', html('Old'));
    const stack = await aStackWithOldCopies(['/running']);
    try {
      const page = site.gatedPage('/running', html('New'));
      await read(stack.gateway, site.url('/running'));
      await page.arrived;
      const urgent = read(stack.gateway, site.url('/running'), {}, '&ttl=1m');
      page.open();
      expect((await urgent).body.data.title).toBe('New');
      expect(site.visitsTo('/running')).toBe(2);
    } finally {
      await stack.stop();
    }
  });
});

describe("a caller's limits", () => {
  test('force visits the origin whatever is there, and asks for a writer', async () => {
    site.page('/forced', html('One'));
    await read(first.gateway, site.url('/forced'));
    site.page('/forced', html('Two'));
    const refused = await read(first.gateway, site.url('/forced'), {}, '&force=true');
    const forced = await read(
      first.gateway,
      site.url('/forced'),
      { 'x-api-key': TOKENS.writer },
      '&force=true',
    );
    const after = await read(first.gateway, site.url('/forced'));
    expect(refused.body.code).toBe('EAUTH');
    expect(forced.headers.get('x-cache-status')).toBe('BYPASS');
    expect(forced.body.data.title).toBe('Two');
    expect(after.body.data.title).toBe('Two');
    expect(site.visitsTo('/forced')).toBe(2);
  });

  test('staleTtl=0 serves what is there and always refreshes', async () => {
    site.page('/always', html('One'));
    await read(first.gateway, site.url('/always'));
    site.page('/always', html('Two'));
    const answer = await read(first.gateway, site.url('/always'), {}, '&staleTtl=0');
    expect(answer.body.data.title).toBe('One');
    await untilTitle(first.gateway, '/always', 'Two');
    expect(site.visitsTo('/always')).toBe(2);
  });

  test('wait ends in "pending", and asking again joins the scrape', async () => {
    const page = site.gatedPage('/slow', html('Slow'));
    const pending = await read(first.gateway, site.url('/slow'), {}, '&wait=100');
    expect(pending).toMatchObject({
      status: 202,
      body: { status: 'pending', data: { url: site.url('/slow') }, job: { id: expect.any(String) } },
    });
    await page.arrived;
    const again = read(first.gateway, site.url('/slow'));
    page.open();
    expect((await again).body.data.title).toBe('Slow');
    expect(site.visitsTo('/slow')).toBe(1);
  });

  test.each([
    ['ttl=10s', 'EINVALTTL'],
    ['ttl=32d', 'EINVALTTL'],
    ['ttl=soon', 'EINVALTTL'],
    ['ttl=1h&staleTtl=2h', 'EINVALSTTL'],
    ['stale_ttl=x', 'EINVALSTTL'],
    ['wait=x', 'EINVALDATA'],
  ])('%s is refused', async (options, code) => {
    const answer = await read(first.gateway, site.url('/forced'), {}, `&${options}`);
    expect(answer).toMatchObject({ status: 400, body: { status: 'fail', code } });
  });
});

describe('clocks that differ by a minute, or jump by an hour', () => {
  test.each([
    ['a gateway ahead', 60_000, 0],
    ['a gateway behind', -60_000, 0],
    ['a gateway that jumped', 3_600_000, 0],
    ['a worker ahead', 0, 60_000],
    ['a worker behind', 0, -60_000],
  ])('%s: answers are right and the origin is asked once', async (_what, gatewayMs, workerMs) => {
    const path = `/clock-${gatewayMs}-${workerMs}`;
    site.page(path, html('Clock'));
    const stack = await Stack.start({ gateways: 0, workers: 0, environment: { TTL_DEFAULT: '30m' } });
    try {
      await Promise.all([stack.addGateway(clockOff(gatewayMs)), stack.addWorker(clockOff(workerMs))]);
      for (let round = 0; round < 3; round += 1) {
        const answer = await read(stack.gateway, site.url(path));
        expect(answer).toMatchObject({ status: 200, body: { data: { title: 'Clock' } } });
        expect(Number(answer.headers.get('age'))).toBeGreaterThanOrEqual(0);
      }
      expect(site.visitsTo(path)).toBe(1);
    } finally {
      await stack.stop();
    }
  });
});

/** Moves a process's wall clock. */
function clockOff(ms: number): Record<string, string> {
  const code = `const real=Date.now;Date.now=()=>real()+(${ms})`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

async function untilTitle(gateway: Stack['gateway'], path: string, title: string): Promise<void> {
  for (;;) {
    const answer = await read(gateway, site.url(path));
    if (answer.body.data.title === title) return;
  }
}

/** Until the job of a page stands in front: its asker has come. */
async function untilHurried(stack: Stack, url: string): Promise<void> {
  for (;;) {
    const job = (await stack.jobs('prioritized')).find(({ data }) => data.url === url);
    if (job?.priority === 1) return;
  }
}

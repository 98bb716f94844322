import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type Answer, call, get, read, Stack, TOKENS } from '../support/stack.js';

/** Everything as it is by default, but faster: counts are handed over, and rounds made, ten times a second. */
const FAST = { DEMAND_WINDOW: '100ms', WARM_ROUND: '100ms', WARM_LEAD: '400ms' };

/** And copies that live for two seconds. */
const SHORT_LIVED = {
  ...FAST,
  TTL_MIN: '2s',
  TTL_MAX: '2s',
  TTL_DEFAULT: '2s',
  STALE_WHILE_REVALIDATE: '1s',
};

const asWriter = { 'x-api-key': TOKENS.writer };
const asOperator = { 'x-api-key': TOKENS.operator };

function isWarmed({ headers }: Answer): boolean {
  return headers.get('cache-status')?.endsWith('detail=warmed') === true;
}

describe('a page that is read all the time', () => {
  let site: FakeSite;
  let stack: Stack;
  let reads = 0;

  beforeAll(async () => {
    [site, stack] = await Promise.all([
      FakeSite.start('127.0.0.2'),
      Stack.start({ environment: SHORT_LIVED }),
    ]);
    site.page('/busy', html('Busy')).page('/quiet', html('Quiet'));
  });

  afterAll(async () => {
    await stack.stop();
    await site.stop();
  });

  async function readPage(path: string): Promise<Answer> {
    reads += 1;
    return read(stack.gateway, site.url(path));
  }

  async function asked(path: string) {
    return (await get(stack.gateway, path, asOperator)).body.data;
  }

  test('is renewed before it expires, and says so', async () => {
    await readPage('/quiet');
    const answer = await eventually(() => readPage('/busy'), isWarmed);
    expect(answer.body.data.title).toBe('Busy');
    expect(answer.headers.get('x-cache-status')).toBe('HIT');
  });

  test('is what operators see first, with the reason', async () => {
    const look = async () => {
      await readPage('/busy');
      return asked('/v1/hot-keys?limit=2');
    };
    const { model, keys } = await eventually(look, ({ keys: [first] }) => first?.probability > 0.5);
    expect(['prior', 'learned']).toContain(model.state);
    expect(keys.map(({ url }: { url: string }) => url)).toEqual([site.url('/busy'), site.url('/quiet')]);
    expect(keys[0]).toEqual({
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
      url: site.url('/busy'),
      probability: expect.any(Number),
      due: expect.stringMatching(/^\d{4}-.*Z$/),
      decided: {
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        kind: expect.stringMatching(/^(expiry|beat|wake)$/),
      },
      planned: expect.any(Boolean),
      why: expect.stringMatching(/About \d+ reads in the last hour, the last one .+, \d+ in all\.$/),
      reasons: expect.any(Array),
    });
    expect(keys[1].probability).toBeLessThan(keys[0].probability);
    expect((await asked('/v1/hot-keys?limit=1')).keys).toHaveLength(1);
  });

  test('makes the forecast a good one', async () => {
    const look = async () => {
      await readPage('/busy');
      return asked('/v1/forecast');
    };
    const forecast = await eventually(look, ({ outcomes }) => outcomes.used >= 2);
    const { used, wasted, missed } = forecast.outcomes;
    expect(forecast).toMatchObject({
      model: {
        version: 3,
        state: 'learned',
        settledPeriods: expect.any(Number),
        savedAt: expect.any(String),
      },
      precision: used / (used + wasted),
      recall: used / (used + missed),
      calibration: { brier: expect.any(Number), error: expect.any(Number), curve: expect.any(Array) },
      budget: { allowed: 0.1, load: expect.any(Number), threshold: expect.any(Number) },
    });
    expect(forecast.model.settledPeriods).toBeGreaterThanOrEqual(2);
  });

  test('shows in the statistics, read by read and visit by visit', async () => {
    const sum = (amounts: Record<string, number>) =>
      Object.values(amounts).reduce((all, one) => all + one, 0);
    const ended = ({ warmed: _warmed, ...others }: Record<string, number>) => sum(others);
    const visits = () => site.visitsTo('/busy') + site.visitsTo('/quiet');
    const { totals, ratios, series, ...span } = await eventually(
      () => asked('/v1/statistics?since=10m&step=1m'),
      ({ totals }) => ended(totals.reads) === reads && sum(totals.visits) === visits(),
    );
    expect(totals.reads).toMatchObject({ missing: expect.any(Number), warmed: expect.any(Number) });
    expect(totals.visits).toMatchObject({
      'scrape.first': expect.any(Number),
      'warm.page': expect.any(Number),
    });
    expect(totals.warms.used).toBeGreaterThan(0);
    expect(ratios.fresh).toBeGreaterThan(0.5);
    expect(ratios.fresh + ratios.stale + ratios.missing).toBeCloseTo(1);
    expect(span).toEqual({ from: expect.any(String), until: expect.any(String), step: 60_000 });
    expect(series).toHaveLength(11);
    expect(series[0]).toEqual({ at: span.from, reads: {}, visits: {}, skips: {}, warms: {} });
    expect(sum(series.map((step: { reads: Record<string, number> }) => ended(step.reads)))).toBe(reads);
  });
});

describe('what is known ahead', () => {
  let site: FakeSite;
  let stack: Stack;

  beforeAll(async () => {
    [site, stack] = await Promise.all([FakeSite.start('127.0.0.2'), Stack.start({ environment: FAST })]);
  });

  afterAll(async () => {
    await stack.stop();
    await site.stop();
  });

  function warm(body: object): Promise<Answer> {
    return call(stack.gateway, 'POST', '/v1/warm', {
      headers: { ...asWriter, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** What a href of ours leads to. */
  async function look(href: string) {
    return (await get(stack.gateway, href, asWriter)).body.data;
  }

  function untilCompleted(href: string) {
    return eventually(
      () => look(href),
      ({ state }) => state === 'completed',
    );
  }

  test('is there before anyone asks: each page of a list is visited once, and then a hit', async () => {
    const paths = Array.from({ length: 30 }, (_, index) => `/list-${index}`);
    for (const path of paths) site.page(path, html(path));
    const urls = paths.map((path) => site.url(path));

    const { status, body } = await warm({
      urls: ['ftp://nowhere.example/', ...urls, `${urls[0]}#again`, `${urls[1]}?utm_source=x`, 'nothing'],
    });
    expect(status).toBe(202);
    expect(body).toEqual({
      status: 'pending',
      data: {
        id: expect.any(String),
        href: `/v1/batches/${body.data.id}`,
        at: expect.stringMatching(/Z$/),
        startsAt: body.data.at, // now
        total: 30,
        duplicates: 2,
        rejected: [
          {
            index: 0,
            url: 'ftp://nowhere.example/',
            code: 'EINVALURL',
            message: 'The URL is not http or https.',
          },
          { index: 33, url: 'nothing', code: 'EINVALURL', message: 'The URL is not an absolute URL.' },
        ],
      },
    });

    const progress: number[] = [];
    const batch = await eventually(
      async () => {
        const seen = await look(body.data.href);
        progress.push(seen.progress);
        expect(seen.done + seen.running).toBeLessThanOrEqual(seen.total);
        return seen;
      },
      ({ state }) => state === 'completed',
    );
    expect(batch).toEqual({
      id: body.data.id,
      kind: 'batch',
      reason: 'warm',
      state: 'completed',
      at: expect.any(String),
      createdAt: expect.any(String),
      total: 30,
      listed: true,
      done: 30,
      running: 0,
      progress: 1,
      outcomes: { success: 30 },
    });
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));

    const answers = await Promise.all(urls.map((url) => read(stack.gateway, url)));
    expect(answers.map(({ body: { data } }) => data.title)).toEqual(paths);
    expect(answers.map((answer) => [answer.headers.get('x-cache-status'), isWarmed(answer)])).toEqual(
      paths.map(() => ['HIT', true]),
    );
    expect(paths.map((path) => site.visitsTo(path))).toEqual(paths.map(() => 1));
  });

  test('and fresh already is left as it is, and one that fails says how', async () => {
    site.page('/fresh', html('Fresh'));
    await read(stack.gateway, site.url('/fresh'));
    const { body } = await warm({ urls: [site.url('/fresh'), site.url('/not-there')] });
    const batch = await untilCompleted(body.data.href);
    expect(batch.outcomes).toEqual({ success: 1, ENOTFOUND: 1 });
    expect(site.visitsTo('/fresh')).toBe(1);
    expect(isWarmed(await read(stack.gateway, site.url('/fresh')))).toBe(false);
  });

  test('for a time to come is not visited before its lead', async () => {
    let visitedAt = 0;
    site.on('/later', (_request, response) => {
      visitedAt = Date.now();
      response.writeHead(200, { 'content-type': 'text/html' }).end(html('Later'));
    });
    const tomorrow = Date.now() + 86_400_000;
    const order = async (time: number): Promise<string> =>
      (await warm({ urls: [site.url('/later')], at: new Date(time).toISOString() })).body.data.href;
    expect(await look(await order(tomorrow))).toMatchObject({
      state: 'waiting',
      at: new Date(tomorrow).toISOString(),
      total: 1,
      done: 0,
      running: 0,
      progress: 0,
      outcomes: {},
    });
    const at = Date.now() + 2_000;
    await untilCompleted(await order(at));
    expect(visitedAt).toBeGreaterThanOrEqual(at - 250);
    expect(isWarmed(await read(stack.gateway, site.url('/later')))).toBe(true);
  });

  test.each([
    ['no page at all', { urls: ['nothing', 'ftp://nowhere.example/'] }, 'EINVALURL'],
    ['no list', {}, 'EINVALDATA'],
    ['a field that is not known', { urls: ['https://example.com/'], when: 'now' }, 'EINVALDATA'],
    [
      'a time that is too far ahead',
      { urls: ['https://example.com/'], at: Date.now() + 31 * 86_400_000 },
      'EINVALDATA',
    ],
  ])('with %s is refused', async (_what, list, code) => {
    expect(await warm(list)).toMatchObject({ status: 400, body: { code } });
  });

  test('may be ten thousand pages with long addresses', async () => {
    const urls = Array.from(
      { length: 10_000 },
      (_, index) => `https://example.com/${'x'.repeat(970)}/${index}`,
    );
    const { status, body } = await warm({ urls, at: Date.now() + 86_400_000 });
    expect({ status, total: body.data.total }).toEqual({ status: 202, total: 10_000 });
    expect(await look(body.data.href)).toMatchObject({ state: 'waiting', total: 10_000 });
  });

  test('is counted as ordered, and not as a forecast', async () => {
    site.page('/counted', html('Counted'));
    const { body } = await warm({ urls: [site.url('/counted')] });
    await untilCompleted(body.data.href);
    const { body: statistics } = await get(stack.gateway, '/v1/statistics', asOperator);
    expect(statistics.data.totals.visits['order.first']).toBeGreaterThan(0);
    expect(statistics.data.totals.visits['warm.first']).toBeUndefined();
  });

  test('and is asked for by a reader who did not wait can be followed by its job', async () => {
    const page = site.gatedPage('/slow', html('Slow'));
    const pending = await read(stack.gateway, site.url('/slow'), {}, '&wait=20ms');
    expect(pending.status).toBe(202);
    const { id, href } = pending.body.job;
    const running = await eventually(
      () => look(href),
      ({ state }) => state !== 'waiting',
    );
    expect(running).toEqual({
      id,
      kind: 'job',
      name: 'scrape',
      url: site.url('/slow'),
      state: 'running',
      outcome: null,
      reason: null,
      work: null,
      version: null,
      attempts: 1,
      createdAt: expect.any(String),
      startedAt: expect.any(String),
      finishedAt: null,
    });

    page.open();
    expect(await untilCompleted(href)).toEqual({
      ...running,
      state: 'completed',
      outcome: 'success',
      work: 'scraped',
      version: expect.any(Number),
      finishedAt: expect.any(String),
    });
    expect((await read(stack.gateway, site.url('/slow'))).headers.get('x-cache-status')).toBe('HIT');
  });

  test.each([
    '/v1/jobs/00000000-0000-4000-8000-000000000000',
    '/v1/batches/00000000-0000-4000-8000-000000000000',
    '/v1/jobs/meta',
    '/v1/jobs/x:y',
    '/v1/batches/1%27',
    '/v1/batches/%00',
  ])('%s leads nowhere', async (href) => {
    expect(await get(stack.gateway, href, asWriter)).toMatchObject({
      status: 404,
      body: { code: 'ENOROUTE', message: expect.stringMatching(/^There is no (job|batch) with this id\.$/) },
    });
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import { FakeSite, html } from '../support/fake-site.js';
import { signalTree } from '../support/freeze.js';
import { tally, underLoad } from '../support/load.js';
import { read, Stack } from '../support/stack.js';
import { ageStoredPreviews, freshPostgres, freshRedis } from '../support/test-servers.js';

/** How long a fault lasts under load at the least, in ms: long enough for deadlines and breakers. */
const FAULT_MS = 2_000;
const READS_PER_SECOND = 300;
const PAGES = Array.from({ length: 40 }, (_, index) => `/page-${index}`);
const SETTINGS = { L1_MAX_AGE: '500ms', READ_WAIT: '4s', JOB_LOCK: '3s', JOB_STALLED_CHECK: '1s' };

let site: FakeSite;

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
  for (const path of PAGES) site.page(path, html(`Title of ${path}`));
});

afterAll(() => site.stop());

const urls = () => PAGES.map((path) => site.url(path));

/** A stack that has read all pages once. */
async function aWarmStack(options: Parameters<typeof Stack.start>[0] = {}): Promise<Stack> {
  const stack = await Stack.start({ gateways: 2, environment: SETTINGS, ...options });
  const answers = await Promise.all(urls().map((url) => read(stack.gateway, url, {}, '&wait=28s')));
  expect(answers.map(({ status }) => status)).toEqual(urls().map(() => 200));
  return stack;
}

/** Reads of known pages while a fault lasts. Every one must be the right page. */
async function readThrough(
  stack: Stack,
  fault: () => void | Promise<void>,
  mend: () => void | Promise<void>,
) {
  const samples = await underLoad(stack.gateways, urls(), READS_PER_SECOND, async (moreReads) => {
    await moreReads(READS_PER_SECOND / 2);
    await fault();
    await Promise.all([pause(FAULT_MS), moreReads(READS_PER_SECOND)]);
    await mend();
    await moreReads(READS_PER_SECOND / 2);
  });
  const wrong = samples.filter(({ url, answer }) => {
    return answer?.status === 200 && answer.body.data.title !== `Title of ${new URL(url).pathname}`;
  });
  return { counts: tally(samples), wrong: wrong.length, reads: samples.length };
}

/** Until a read that nobody has made before is answered, whatever has to recover first. */
async function untilColdReadWorks(stack: Stack, path: string): Promise<void> {
  site.page(path, html(path));
  const deadline = Date.now() + 40_000;
  for (;;) {
    const { status } = await read(stack.gateway, site.url(path));
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`no cold read within 40 s of the fault's end: ${status}`);
    await pause(100);
  }
}

describe.each(['frozen', 'killed'] as const)('Redis (cache) is %s', (how) => {
  test('readers go on from memory and Postgres, and nobody notices', async () => {
    const stack = await aWarmStack({ environment: { ...SETTINGS, CACHE_DEADLINE: '100ms' } });
    let { cache } = stack;
    try {
      site.page(`/cold-${how}`, html('Cold'));
      const cold: Awaited<ReturnType<typeof read>>[] = [];
      const { counts, wrong, reads } = await readThrough(
        stack,
        async () => {
          cache.process.signal(how === 'frozen' ? 'SIGSTOP' : 'SIGKILL');
          cold.push(await read(stack.gateway, site.url(`/cold-${how}`)));
        },
        async () => {
          if (how === 'frozen') cache.process.signal('SIGCONT');
          else cache = await freshRedis('cache', cache.folder, cache.port);
        },
      );
      expect({ counts, wrong }).toEqual({ counts: { 200: reads }, wrong: 0 });
      expect(cold[0]).toMatchObject({ status: 200, body: { data: { title: 'Cold' } } });
      await untilColdReadWorks(stack, `/after-cache-${how}`);
    } finally {
      await stack.stop();
      await cache.stop();
    }
  });
});

describe.each(['frozen', 'killed'] as const)('Redis (queue) is %s', (how) => {
  test('what is known is answered, what is not is busy, and afterwards all is well', async () => {
    const stack = await aWarmStack();
    let { queue } = stack;
    try {
      const cold: Awaited<ReturnType<typeof read>>[] = [];
      const renewed: typeof cold = [];
      const { counts, wrong, reads } = await readThrough(
        stack,
        async () => {
          queue.process.signal(how === 'frozen' ? 'SIGSTOP' : 'SIGKILL');
          cold.push(await read(stack.gateway, site.url('/unknown')));
          // Who wants a known page younger gets it as it is.
          renewed.push(await read(stack.gateway, site.url(PAGES[0]!), {}, '&staleTtl=0'));
        },
        async () => {
          if (how === 'frozen') queue.process.signal('SIGCONT');
          else queue = await freshRedis('queue', queue.folder, queue.port);
        },
      );
      expect({ counts, wrong }).toEqual({ counts: { 200: reads }, wrong: 0 });
      expect(cold[0]).toMatchObject({ status: 503, body: { code: 'EBUSY' } });
      expect(Number(cold[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(renewed[0]?.status).toBe(200);
      await untilColdReadWorks(stack, `/after-queue-${how}`);
    } finally {
      await stack.stop();
      await queue.stop();
    }
  });
});

describe.each(['frozen', 'killed'] as const)('Postgres is %s', (how) => {
  test('what the caches know is answered, the rest fails soon, and a scrape under way is not lost', async () => {
    let postgres: PrivatePostgres = await freshPostgres();
    const stack = await aWarmStack({
      databaseUrl: postgres.url,
      environment: { ...SETTINGS, STORE_DEADLINE: '500ms' },
    });
    try {
      const interrupted = site.gatedPage('/interrupted', html('Interrupted'));
      const reading = read(stack.gateway, site.url('/interrupted'), {}, '&wait=100');
      await interrupted.arrived;
      const unknown: Awaited<ReturnType<typeof read>>[] = [];
      const { counts, wrong, reads } = await readThrough(
        stack,
        async () => {
          if (how === 'frozen') signalTree(postgres.process.pid, 'SIGSTOP');
          else postgres.process.signal('SIGKILL');
          interrupted.open(); // the page arrives, and there is nowhere to store it
          unknown.push(await read(stack.gateway, site.url('/unknown')));
        },
        async () => {
          if (how === 'frozen') return signalTree(postgres.process.pid, 'SIGCONT');
          await postgres.process.ended;
          postgres = await freshPostgres(postgres.folder, postgres.port);
        },
      );
      expect({ counts, wrong }).toEqual({ counts: { 200: reads }, wrong: 0 });
      expect(unknown[0]).toMatchObject({ status: 503, body: { code: 'EUNAVAILABLE' } });
      await reading;
      await untilColdReadWorks(stack, `/after-postgres-${how}`);
      expect((await read(stack.gateway, site.url('/interrupted'))).body.data.title).toBe('Interrupted');
      expect(await stack.jobs('failed')).toEqual([]);
    } finally {
      await stack.stop();
      await postgres.stop();
    }
  });
});

test('all workers are killed: cold reads end at their deadline, their jobs wait, and nothing is lost', async () => {
  const stack = await aWarmStack({ environment: { ...SETTINGS, READ_WAIT: '300ms' } });
  try {
    const paths = Array.from({ length: 20 }, (_, index) => `/orphan-${index}`);
    for (const path of paths) site.page(path, html(path));
    const { counts, wrong, reads } = await readThrough(
      stack,
      async () => {
        for (const worker of stack.workers) worker.process.signal('SIGKILL');
        const cold = await Promise.all(paths.map((path) => read(stack.gateway, site.url(path))));
        expect(new Set(cold.map(({ body }) => body.code))).toEqual(new Set(['ETIMEOUT']));
      },
      async () => void (await stack.addWorker()),
    );
    expect({ counts, wrong }).toEqual({ counts: { 200: reads }, wrong: 0 });
    for (const path of paths) {
      const answer = await read(stack.gateway, site.url(path), {}, '&wait=28s');
      expect(answer.body.data.title).toBe(path);
      expect(site.visitsTo(path)).toBe(1);
    }
    expect(await stack.jobs('failed')).toEqual([]);
  } finally {
    await stack.stop();
  }
});

test('one gateway is killed: the other goes on, and joins the scrapes that were under way', async () => {
  const stack = await aWarmStack();
  try {
    const [doomed, other] = [stack.gateways[0]!, stack.gateways[1]!];
    const page = site.gatedPage('/shared', html('Shared'));
    const lost = read(doomed, site.url('/shared')).catch(() => 'lost');
    await page.arrived;
    doomed.process.signal('SIGKILL');
    expect(await lost).toBe('lost');
    const joined = read(other, site.url('/shared'));
    page.open();
    expect((await joined).body.data.title).toBe('Shared');
    expect(site.visitsTo('/shared')).toBe(1);
    const samples = await underLoad([other], urls(), READS_PER_SECOND, (moreReads) =>
      moreReads(READS_PER_SECOND / 2),
    );
    expect(tally(samples)).toEqual({ 200: samples.length });
  } finally {
    await stack.stop();
  }
});

test('an origin hangs: what was known of it is served, and readers of the rest get its failure', async () => {
  const known = await aWarmStack();
  await ageStoredPreviews(known.databaseUrl, 3_600_000);
  const stack = await Stack.start({
    databaseUrl: known.databaseUrl,
    environment: { ...SETTINGS, FETCH_TIMEOUT: '500ms' },
  });
  try {
    site.on(PAGES[0]!, () => undefined).on('/never-known', () => undefined);
    const old = await read(stack.gateway, site.url(PAGES[0]!), {}, '&ttl=1m');
    const unknown = await read(stack.gateway, site.url('/never-known'));
    expect(old.body.data.title).toBe(`Title of ${PAGES[0]}`);
    expect(unknown).toMatchObject({ status: 422, body: { code: 'EORIGINTIMEOUT' } });
  } finally {
    site.page(PAGES[0]!, html(`Title of ${PAGES[0]}`));
    await Promise.all([stack.stop(), known.stop()]);
  }
});

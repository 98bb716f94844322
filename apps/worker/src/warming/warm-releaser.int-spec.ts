import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Worker } from 'bullmq';
import { DataSource } from 'typeorm';
import { PREVIEW_QUEUE, type PreviewJobData, type PreviewJobResult, PreviewQueue } from '#libs/jobs';
import type { PreviewKey } from '#libs/preview';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';
import {
  dataSourceOptions,
  migrate,
  type ReleasedWarm,
  WarmBatches,
  WarmLedger,
  WarmReleases,
} from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PrivateRedis } from '../../../local/src/private-redis.js';
import { eventually } from '../../../../test/support/eventually.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { aStoredPreview, aWarmDecision } from '../../../../test/support/stored-preview.js';
import { freshDatabase, freshRedis } from '../../../../test/support/test-servers.js';
import { WarmReleaser } from './warm-releaser.js';

const HOUR = 3_600_000;
const RENEWED: PreviewJobResult = { outcome: 'success', reason: null, version: 2, work: 'scraped' };

let dataSource: DataSource;
let redis: PrivateRedis;
let queue: PreviewQueue;
let clock: ManualClock;
let releaser: WarmReleaser;
let worker: Worker | undefined;

/** Tags that were asked for. */
const tagged: (readonly [PreviewKey, readonly string[]])[] = [];
const tagger = {
  tag: async (key: PreviewKey, tags: readonly string[]) => void tagged.push([key, tags]),
};

beforeAll(async () => {
  const [url, server] = await Promise.all([freshDatabase(), freshRedis('queue')]);
  redis = server;
  dataSource = await new DataSource(dataSourceOptions(url, 6)).initialize();
  await migrate(dataSource);
});

afterAll(() => Promise.all([dataSource.destroy(), redis.stop()]));

beforeEach(async () => {
  await dataSource.query('TRUNCATE preview, warm_batch CASCADE');
  queue = new PreviewQueue({ redisUrl: redis.url, maxWaiting: 1_000, onError: () => undefined });
  await queue.connected();
  clock = new ManualClock();
  releaser = new WarmReleaser(
    new WarmReleases(dataSource),
    queue,
    tagger,
    clock,
    new Logger('worker', 'error'),
    { inFlight: 2 },
  );
});

afterEach(async () => {
  await releaser.stop();
  await worker?.close();
  await queue.queue.obliterate({ force: true });
  await queue.onApplicationShutdown();
});

/** Does the queue's work in a worker's stead. */
function startWorker(handle: (data: PreviewJobData) => Promise<PreviewJobResult>): void {
  worker = new Worker(PREVIEW_QUEUE, (job) => handle(job.data), {
    prefix: QUEUE_PREFIX,
    connection: consumerConnection(redis.url, new AbortController().signal),
    concurrency: 10,
  });
}

/** A copy that expires now, set aside to be warmed. */
async function aPlannedWarm(page: string, score = 1): Promise<PreviewKey> {
  const [at, now] = [`https://example.com/${page}`, clock.now()];
  const entry = await aStoredPreview(dataSource, { at, fetchedAt: now - HOUR, freshUntil: now });
  await new WarmLedger(dataSource).open({ totalsAt: now }, (ledger) =>
    ledger.decide([aWarmDecision(entry, score)]),
  );
  return entry.key;
}

async function isWarmed(key: PreviewKey): Promise<boolean> {
  const [row] = await dataSource.query('SELECT period_warmed FROM warm_plan WHERE key = $1', [key]);
  return row.period_warmed;
}

async function orderedPage(
  page: string,
): Promise<() => Promise<Readonly<Record<string, number>> | undefined>> {
  const { key, url } = await aStoredPreview(dataSource, { at: `https://example.com/${page}` });
  const batches = new WarmBatches(dataSource);
  const id = await batches.create([{ key, url }], clock.now(), Date.now() - 1_000, {
    reason: 'warm',
    tags: [],
    askedBy: 'the newsletter',
  });
  return async () => (await batches.progressOf(id))?.outcomes;
}

async function takenOrders(): Promise<number> {
  const [row] = await dataSource.query('SELECT count(released_at)::int AS taken FROM warm_order');
  return row.taken;
}

/** Counts how often an order was taken. */
class CountedReleases extends WarmReleases {
  taken = 0;

  override async takeOrdered(): Promise<ReleasedWarm | undefined> {
    const warm = await super.takeOrdered();
    if (warm !== undefined) this.taken += 1;
    return warm;
  }
}

describe('a warm that was forecast', () => {
  test.each([
    ['that renewed the copy', true, RENEWED],
    ['that found it as it was', true, { ...RENEWED, work: 'not-modified' as const }],
    ['that came after a reader', false, { ...RENEWED, work: 'already-stored' as const }],
    ['whose origin failed', false, { ...RENEWED, outcome: 'EORIGINSTATUS' as const, reason: '500' }],
  ])('%s leaves a period that was warmed: %s', async (_what, warmed, result) => {
    const [key, next] = [await aPlannedWarm('page', 2), await aPlannedWarm('next', 1)];
    startWorker(async (data) => (data.key === key ? result : { ...RENEWED, work: 'already-stored' }));
    releaser.release();
    // Each is followed to its end; that of the other is known to be one without a warm.
    await eventually(
      () => isWarmed(next),
      (isSo) => !isSo,
    );
    await eventually(
      () => isWarmed(key),
      (isSo) => isSo === warmed,
    );
  });
});

describe('warms in the queue', () => {
  test('are so many at a time, the best first, and the next goes in when one has ended', async () => {
    for (const score of [3, 1, 4, 2]) await aPlannedWarm(String(score), score);
    const begun: string[] = [];
    let running = 0;
    let most = 0;
    startWorker(async ({ url }) => {
      begun.push(url.at(-1)!);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return RENEWED;
    });
    releaser.release();
    await eventually(
      async () => begun.length,
      (count) => count === 4,
    );
    expect(begun.slice(0, 2).toSorted()).toEqual(['3', '4']);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('are of both kinds in turns, and an order hears how its own ended', async () => {
    const asked: (readonly [string, boolean])[] = [];
    startWorker(async ({ url, ordered = false }) => {
      asked.push([url.replace('//example.com/', ''), ordered]);
      return ordered ? { ...RENEWED, outcome: 'ENOTFOUND', reason: 'Not there.' } : RENEWED;
    });
    const outcomes = await orderedPage('ordered');
    for (const page of ['one', 'two']) await aPlannedWarm(page);
    releaser.release();
    await eventually(outcomes, (seen) => seen?.['ENOTFOUND'] === 1);
    expect(asked.slice(0, 2)).toContainEqual(['ordered', true]);
    await eventually(
      async () => asked.length,
      (count) => count === 3,
    );
  });

  test('of a releaser that is stopped are followed by the next one, and nothing is done twice', async () => {
    const done: string[] = [];
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    startWorker(async ({ url }) => {
      await finished;
      done.push(url);
      return RENEWED;
    });
    const outcomes = await orderedPage('handed over');
    releaser.release();
    await eventually(takenOrders, (taken) => taken === 1);
    await releaser.stop();
    expect(await takenOrders()).toBe(0);
    const next = new WarmReleaser(
      new WarmReleases(dataSource),
      queue,
      tagger,
      clock,
      new Logger('worker', 'error'),
      {
        inFlight: 2,
      },
    );
    next.release();
    await eventually(takenOrders, (taken) => taken === 1);
    finish();
    await eventually(outcomes, (seen) => seen?.['success'] === 1);
    expect(done).toHaveLength(1);
    await next.stop();
  });

  test('that it does not take are given up where they were forecast, put back where they were ordered, and tried in the next round', async () => {
    const [key, outcomes] = [await aPlannedWarm('planned'), await orderedPage('ordered')];
    const fullQueue = new PreviewQueue({ redisUrl: redis.url, maxWaiting: 0, onError: () => undefined });
    await fullQueue.connected();
    const releases = new CountedReleases(dataSource);
    const refused = new WarmReleaser(releases, fullQueue, tagger, clock, new Logger('worker', 'error'), {
      inFlight: 1,
    });
    refused.release();
    await eventually(takenOrders, (taken) => releases.taken > 0 && taken === 0);
    // It would have taken the order again many times over.
    for (let look = 0; look < 100; look += 1) await takenOrders();
    expect(releases.taken).toBe(1);
    const nextRound = () => {
      refused.release();
      return isWarmed(key);
    };
    await eventually(nextRound, (isSo) => !isSo);
    await refused.stop();
    await fullQueue.onApplicationShutdown();
    await eventually(takenOrders, (taken) => taken === 0);
    startWorker(async () => RENEWED);
    releaser.release();
    await eventually(outcomes, (seen) => seen?.['success'] === 1);
  });
});

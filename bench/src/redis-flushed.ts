import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { BenchSite } from './bench-site.js';
import { LaunchedStack } from './launched-stack.js';

/** Pages that are read, and how long they are after the flush, unless said otherwise. */
const PAGES = 6_000;
const SECONDS = 60;
const READS_PER_SECOND = 150;
const SLOT_MS = 5_000;
const PORTS = { rebuilding: 4873, not: 4874 };

/** The promise: within two minutes of a flush less than this share of the reads goes to Postgres. */
const PROMISED_SHARE = 0.05;
const PROMISED_MS = 120_000;

/** Reads of one slot of time. */
interface Slot {
  readonly reads: number;
  readonly fromPostgres: number;
  readonly failed: number;
}

/**
 * The caching Redis is flushed under a steady load of reads that all ask it (gateways' memory is off), over more pages than are read in that time. Beside a stack
 * that puts stored copies back by itself one that waits for its readers to do so. Every read is of any page, as likely as another.
 */
export async function redisFlushed([
  pages = String(PAGES),
  seconds = String(SECONDS),
]: readonly string[]): Promise<void> {
  const flush = { pages: Number(pages), slots: (1_000 * Number(seconds)) / SLOT_MS };
  const [rebuilding, not] = await Promise.all([
    flushUnderLoad(flush, PORTS.rebuilding, {}),
    flushUnderLoad(flush, PORTS.not, { WARM_REBUILD_KEYS: '0' }),
  ]);
  console.log('| seconds after the flush | reads | from Postgres % | … without a rebuild % |');
  console.log('| --- | --- | --- | --- |');
  for (let slot = 0; slot < flush.slots; slot += 1) {
    const [mine, other] = [rebuilding.slots[slot]!, not.slots[slot]!];
    const time = `${(slot * SLOT_MS) / 1_000} to ${((slot + 1) * SLOT_MS) / 1_000}`;
    console.log(`| ${time} | ${mine.reads} | ${percent(mine)} | ${percent(other)} |`);
  }
  const settled = rebuilding.slots.findIndex(
    ({ reads, fromPostgres }) => fromPostgres / reads < PROMISED_SHARE,
  );
  const settledMs = settled < 0 ? Infinity : settled * SLOT_MS;
  const visits = rebuilding.visits + not.visits;
  const failed = [...rebuilding.slots, ...not.slots].reduce((sum, slot) => sum + slot.failed, 0);
  console.log(
    `\nBelow ${100 * PROMISED_SHARE} % from ${settledMs / 1_000} s on; the origins were visited ${visits} times, and ${failed} reads failed.`,
  );
  if (settledMs > PROMISED_MS || visits > 0 || failed > 0) process.exitCode = 1;
}

async function flushUnderLoad(
  { pages, slots: slotCount }: { readonly pages: number; readonly slots: number },
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly slots: readonly Slot[]; readonly visits: number }> {
  const site = await BenchSite.start();
  const stack = await LaunchedStack.start(port, { L1_MAX_AGE: '1ms', DEMAND_WINDOW: '1s', ...environment });
  const redis = createClient({ url: stack.redisCacheUrl });
  try {
    const urls = Array.from({ length: pages }, (_, index) => stack.readUrl(site.url(String(index))));
    for (let start = 0; start < urls.length; start += 50)
      await Promise.all(urls.slice(start, start + 50).map(read));
    await pause(5_000); // reads are handed over and added
    const before = site.visits;
    await redis.connect();
    await redis.sendCommand(['FLUSHALL']);
    const slots = await readSteadily(urls, slotCount);
    return { slots, visits: site.visits - before };
  } finally {
    await redis.disconnect().catch(() => undefined);
    await stack.stop();
    await site.stop();
  }
}

/** Open loop: a read starts when its time has come, whether or not those before it have been answered. */
async function readSteadily(urls: readonly string[], slotCount: number): Promise<readonly Slot[]> {
  const slots = Array.from({ length: slotCount }, () => ({ reads: 0, fromPostgres: 0, failed: 0 }));
  const start = performance.now();
  const running: Promise<void>[] = [];
  for (;;) {
    const now = performance.now() - start;
    const slot = slots[Math.floor(now / SLOT_MS)];
    if (slot === undefined) break;
    while (running.length < (now / 1_000) * READS_PER_SECOND)
      running.push(
        read(urls[Math.floor(Math.random() * urls.length)]!).then((tier) => {
          slot.reads += 1;
          if (tier === 'L3') slot.fromPostgres += 1;
          if (tier === undefined) slot.failed += 1;
        }),
      );
    await pause(5);
  }
  await Promise.all(running);
  return slots;
}

/** @returns what it was answered from; undefined where it failed or had to wait for a scrape */
async function read(url: string): Promise<string | undefined> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return /^warmlink; hit; .*detail=(\w+)/.exec(response.headers.get('cache-status') ?? '')?.[1];
}

function percent({ reads, fromPostgres }: Slot): string {
  return ((100 * fromPostgres) / reads).toFixed(1);
}

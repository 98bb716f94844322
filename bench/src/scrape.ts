import { setTimeout as pause } from 'node:timers/promises';
import { LaunchedStack, POLITE } from './launched-stack.js';
import { BareLoop } from './scraping/bare-loop.js';
import { Origin } from './scraping/origin.js';
import { ScrapeQueue } from './scraping/scrape-queue.js';
import { median } from './median.js';

/** Pages of a round, unless said otherwise. */
const PAGES = 1_000;

/** Rounds of each, in turns; the first ones, in which V8 still compiles what a worker runs for days, are not counted. */
const ROUNDS = 8;
const WARM_UP = 3;

/** As a worker has it by default. */
const CONCURRENCY = 16;

/** In which (ms) the worker looks at the pictures that waited for a hand to be free, so that it doesn't during the bare loop's turn. */
const AFTERMATH_MS = 2_000;

/** Least that one worker is to make of a bare loop's speed. */
const PROMISE = 0.6;

const PORT = 4875;

/** Pages a second of one worker on their whole way, from the queue to the end of their job, beside a loop that only fetches and extracts the same pages. */
export async function scrape([
  pages = String(PAGES),
  floor = String(PROMISE),
]: readonly string[]): Promise<void> {
  const origin = await Origin.start();
  const stack = await LaunchedStack.start(PORT, { ...POLITE, WORKER_CONCURRENCY: String(CONCURRENCY) });
  const queue = await ScrapeQueue.connect(stack.redisQueueUrl);
  const bare = new BareLoop();
  try {
    const speeds = { bare: [] as number[], worker: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const urls = Array.from({ length: Number(pages) }, (_, index) =>
        origin.page(round * Number(pages) + index),
      );
      const bareMs = await bare.scrape({ urls, concurrency: CONCURRENCY });
      const workerMs = await queue.scrape(urls);
      await pause(AFTERMATH_MS);
      if (round < WARM_UP) continue;
      speeds.bare.push((1_000 * urls.length) / bareMs);
      speeds.worker.push((1_000 * urls.length) / workerMs);
    }
    report(speeds, await queue.failed(), Number(floor));
  } finally {
    await bare.stop();
    await queue.close();
    await stack.stop();
    await origin.stop();
  }
}

function report(
  speeds: { readonly bare: readonly number[]; readonly worker: readonly number[] },
  failed: number,
  floor: number,
): void {
  const ratios = speeds.worker.map((speed, round) => speed / speeds.bare[round]!);
  console.log('| round | bare loop, pages/s | worker, pages/s | ratio |');
  console.log('| --- | --- | --- | --- |');
  const line = (name: string, bare: number, worker: number, ratio: number) =>
    console.log(`| ${name} | ${Math.round(bare)} | ${Math.round(worker)} | ${ratio.toFixed(2)} |`);
  ratios.forEach((ratio, round) =>
    line(String(round + 1), speeds.bare[round]!, speeds.worker[round]!, ratio),
  );
  const ratio = median(ratios);
  line('median', median(speeds.bare), median(speeds.worker), ratio);
  console.log(`\n${failed} jobs failed; promised is a ratio of ${PROMISE}.`);
  if (ratio < floor || failed > 0) process.exitCode = 1;
}

import { setTimeout as pause } from 'node:timers/promises';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { RoundTrip } from './reading/round-trip.js';
import { BareLoop } from './scraping/bare-loop.js';
import { Origin } from './scraping/origin.js';

/** Pages, unless said otherwise; the first ones, in which V8 still compiles, are not counted. */
const PAGES = 300;
const WARM_UP = 200;

/** Between two pages, in ms: the worker looks at the pictures of the one before. */
const BETWEEN_MS = 30;

/** Most that a cold read may take beyond the visit itself, in round trips of the queue. */
const PROMISE = 12;

const PORT = 4885;

/**
 * What a cold read adds to the visit: one reader, page after page, from the request to the answer, beside a bare fetch and extraction of the same page and a job that does
 * nothing, in turns. The second argument is another promise.
 */
export async function coldRead([
  pages = String(PAGES),
  promise = String(PROMISE),
]: readonly string[]): Promise<void> {
  const origin = await Origin.start();
  const stack = await LaunchedStack.start(PORT, {});
  const bare = new BareLoop();
  const queue = await RoundTrip.start(stack.redisQueueUrl);
  try {
    const times = {
      cold: [] as number[],
      bare: [] as number[],
      beyond: [] as number[],
      trip: [] as number[],
    };
    for (let number = 0; number < WARM_UP + Number(pages); number += 1) {
      const page = origin.page(number);
      const coldMs = await read(stack.readUrl(page));
      await pause(BETWEEN_MS);
      const bareMs = await bare.scrape({ urls: [page], concurrency: 1 });
      const tripMs = await queue.measure();
      if (number < WARM_UP) continue;
      times.cold.push(coldMs);
      times.bare.push(bareMs);
      times.beyond.push(coldMs - bareMs);
      times.trip.push(tripMs);
    }
    const trip = median(times.trip);
    const ratio = median(times.beyond) / trip;
    const line = (name: string, ms: number) =>
      console.log(`| ${name} | ${ms.toFixed(2)} | ${(ms / trip).toFixed(1)} |`);
    console.log('| p50 | ms | round trips |');
    console.log('| --- | --- | --- |');
    line('cold read', median(times.cold));
    line('bare fetch and extraction of its page', median(times.bare));
    line('what is beyond that', median(times.beyond));
    line('a job that does nothing, through BullMQ', trip);
    console.log(`\n${pages} pages; promised: ${promise} round trips.`);
    if (ratio > Number(promise)) process.exitCode = 1;
  } finally {
    await queue.stop();
    await bare.stop();
    await stack.stop();
    await origin.stop();
  }
}

/** @returns ms until the whole answer is there */
async function read(url: string): Promise<number> {
  const start = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200 || response.headers.get('x-cache-status') !== 'MISS')
    throw new Error(`${url} was no cold read that succeeded: ${response.status}`);
  return performance.now() - start;
}

import { setTimeout as pause } from 'node:timers/promises';
import { LaunchedStack, POLITE } from './launched-stack.js';
import { median } from './median.js';
import { cpuNs } from './reading/process-cost.js';
import { FlaskScrapers } from './scraping/flask-scrapers.js';
import { Origin } from './scraping/origin.js';
import { ScrapeQueue } from './scraping/scrape-queue.js';

/** Pages of a round for each, unless said otherwise; the first rounds, in which V8 still compiles, are not counted. */
const PAGES = 400;
const ROUNDS = 5;
const WARM_UP = 2;

/** As a worker has it by default, and as many at a time for the anchor. */
const CONCURRENCY = 16;
const ANCHOR_PROCESSES = 2;

/** In which (ms) the worker looks at pictures that waited, so that it doesn't during the anchor's turn. */
const AFTERMATH_MS = 1_000;

/** Least that one worker is to make of the anchor's speed. */
const PROMISE = 4;

const PORT = 4884;

/** Pages a second of one worker on their whole way, beside a scraper of Flask, requests and BeautifulSoup with two processes; the same pages, in turns. */
export async function scrapeAnchor([
  pages = String(PAGES),
  floor = String(PROMISE),
]: readonly string[]): Promise<void> {
  const flask = await FlaskScrapers.start(ANCHOR_PROCESSES);
  const origin = await Origin.start();
  const stack = await LaunchedStack.start(PORT, { ...POLITE, WORKER_CONCURRENCY: String(CONCURRENCY) });
  const queue = await ScrapeQueue.connect(stack.redisQueueUrl);
  try {
    const measured = {
      anchor: { pids: flask.pids, scrape: (urls: readonly string[]) => flask.scrape(urls, CONCURRENCY) },
      worker: { pids: [stack.pidOf('worker')], scrape: (urls: readonly string[]) => queue.scrape(urls) },
    };
    const rounds: Record<keyof typeof measured, Turn>[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      const first = round * Number(pages);
      const urls = Array.from({ length: Number(pages) }, (_, index) => origin.page(first + index));
      const anchor = await turnOf(measured.anchor, urls);
      const worker = await turnOf(measured.worker, urls);
      await pause(AFTERMATH_MS);
      if (round >= WARM_UP) rounds.push({ anchor, worker });
    }
    const ratio = median(rounds.map(({ anchor, worker }) => worker.perSecond / anchor.perSecond));
    const cpuRatio = median(rounds.map(({ anchor, worker }) => anchor.cpuMs / worker.cpuMs));
    const failed = await queue.failed();
    const line = (name: string, kind: keyof typeof measured, times: string) => {
      const speed = median(rounds.map((turns) => turns[kind].perSecond)).toFixed(0);
      const cpu = median(rounds.map((turns) => turns[kind].cpuMs)).toFixed(1);
      console.log(`| ${name} | ${speed} | ${cpu} | ${times} |`);
    };
    console.log('| | pages/s | CPU ms a page | by pages/s, by CPU |');
    console.log('| --- | --- | --- | --- |');
    line('Flask + requests + BeautifulSoup, two processes', 'anchor', '1.0, 1.0');
    line('one worker', 'worker', `${ratio.toFixed(1)}, ${cpuRatio.toFixed(1)}`);
    console.log(
      `\nMedians of ${ROUNDS} rounds of ${pages} pages; ${failed} jobs failed; promised: ${floor} × by pages/s.`,
    );
    if (ratio < Number(floor) || failed > 0) process.exitCode = 1;
  } finally {
    await queue.close();
    await stack.stop();
    await origin.stop();
    await flask.stop();
  }
}

/** What one of the two did with the pages of a round. */
interface Turn {
  readonly perSecond: number;
  readonly cpuMs: number;
}

async function turnOf(
  {
    pids,
    scrape,
  }: { readonly pids: readonly number[]; scrape: (urls: readonly string[]) => Promise<number> },
  urls: readonly string[],
): Promise<Turn> {
  const spent = () => pids.reduce((sum, pid) => sum + cpuNs(pid), 0);
  const before = spent();
  const ms = await scrape(urls);
  return {
    perSecond: (1_000 * urls.length) / ms,
    cpuMs: (spent() - before) / 1e6 / urls.length,
  };
}

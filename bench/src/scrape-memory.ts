import { execFileSync } from 'node:child_process';
import { LaunchedStack, POLITE } from './launched-stack.js';
import { BAD_ANSWERS } from './scraping/bad-answers.js';
import { Origin } from './scraping/origin.js';
import { ScrapeQueue } from './scraping/scrape-queue.js';
import { median } from './median.js';

/** Scrapes in all, unless said otherwise. */
const SCRAPES = 10_000;

/** Points of the curve. */
const STEPS = 10;

/** One page in so many is a bad one. */
const BAD = 12;

const SAMPLE_MS = 100;

/** The promise: memory stays below this, and the last third's median within so much of the middle third's. */
const PROMISE = { megabytes: 400, growth: 1.15 };

const PORT = 4876;

/** Bad ones that are slow cost their whole timeout; failures are looked at after the run, and mustn't be tried again by that. */
const ENVIRONMENT = { ...POLITE, FETCH_TIMEOUT: '4s', FAILURE_TTL_TRANSIENT: '1h' };

/** What a worker's memory was like over a step, in MB. */
interface Step {
  readonly median: number;
  readonly peak: number;
}

interface BadPage {
  readonly name: string;
  readonly url: string;
}

/** Memory of a worker that scrapes thousands of pages, bombs and endless ones among them, and what readers are told of those. */
export async function scrapeMemory([scrapes = String(SCRAPES)]: readonly string[]): Promise<void> {
  const origin = await Origin.start();
  const stack = await LaunchedStack.start(PORT, ENVIRONMENT);
  const queue = await ScrapeQueue.connect(stack.redisQueueUrl);
  try {
    const worker = stack.pidOf('worker');
    const { urls, bad } = mixedPages(origin, Number(scrapes));
    const steps: Step[] = [];
    console.log('| scrapes | median MB | peak MB |');
    console.log('| --- | --- | --- |');
    for (let index = 0; index < STEPS; index += 1) {
      const [from, until] = [index, index + 1].map((part) => Math.floor((urls.length * part) / STEPS));
      const step = await memoryOf(worker, () => queue.scrape(urls.slice(from, until)));
      steps.push(step);
      console.log(`| ${until} | ${Math.round(step.median)} | ${Math.round(step.peak)} |`);
    }
    const isOutcomeRight = await reportOutcomes(stack, bad);
    const isMemoryBounded = reportMemory(steps);
    const failed = await queue.failed();
    const hasSurvived = stack.pidOf('worker') === worker;
    console.log(`${failed} jobs failed, and the worker ${hasSurvived ? 'is still the same' : 'died'}.`);
    if (!isOutcomeRight || !isMemoryBounded || failed > 0 || !hasSurvived) process.exitCode = 1;
  } finally {
    await queue.close();
    await stack.stop();
    await origin.stop();
  }
}

/** The bad ones in turns, evenly among the usual ones. */
function mixedPages(origin: Origin, count: number): { readonly urls: string[]; readonly bad: BadPage[] } {
  const names = Object.keys(BAD_ANSWERS);
  const bad: BadPage[] = [];
  const urls = Array.from({ length: count }, (_, index) => {
    if (index % BAD > 0) return origin.page(index);
    const name = names[(index / BAD) % names.length]!;
    const url = origin.badPage(name, index);
    bad.push({ name, url });
    return url;
  });
  return { urls, bad };
}

async function memoryOf(pid: number, work: () => Promise<unknown>): Promise<Step> {
  const samples = [residentMegabytes(pid)];
  const sampling = setInterval(() => samples.push(residentMegabytes(pid)), SAMPLE_MS);
  await work().finally(() => clearInterval(sampling));
  return { median: median(samples), peak: Math.max(...samples) };
}

function residentMegabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1_024;
}

function reportMemory(steps: readonly Step[]): boolean {
  const medians = steps.map((step) => step.median);
  const third = Math.floor(steps.length / 3);
  const growth = median(medians.slice(-third)) / median(medians.slice(-2 * third, -third));
  const peak = Math.max(...steps.map((step) => step.peak));
  console.log(
    `\nAt the most ${Math.round(peak)} MB (promised: ${PROMISE.megabytes}); the last third's median is ${growth.toFixed(2)} times the middle one's (${PROMISE.growth}).`,
  );
  return peak < PROMISE.megabytes && growth <= PROMISE.growth;
}

/** How each bad input ended, as a reader is told from what is stored. */
async function reportOutcomes(stack: LaunchedStack, bad: readonly BadPage[]): Promise<boolean> {
  const told = new Map<string, string[]>();
  for (const { name, url } of bad) told.set(name, [...(told.get(name) ?? []), await outcome(stack, url)]);
  console.log('\n| bad input | scrapes | outcome |');
  console.log('| --- | --- | --- |');
  for (const [name, outcomes] of told)
    console.log(`| ${name} | ${outcomes.length} | ${[...new Set(outcomes)].join(', ')} |`);
  return [...told].every(([name, outcomes]) => outcomes.every((one) => one === BAD_ANSWERS[name]!.ends));
}

/** `success`, or the code of a failure; "not stored" where the reader had to wait for another scrape. */
async function outcome(stack: LaunchedStack, url: string): Promise<string> {
  const response = await fetch(stack.readUrl(url));
  const body = (await response.json()) as { readonly status: string; readonly code?: string };
  if (response.headers.get('x-cache-status') !== 'HIT') return 'not stored';
  return body.status === 'success' ? 'success' : (body.code ?? 'unreadable');
}

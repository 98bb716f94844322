import { setTimeout as pause } from 'node:timers/promises';
import { BenchSite } from './bench-site.js';
import { LaunchedStack } from './launched-stack.js';

const READS_PER_SECOND = 300;
/** Length of each part, unless said otherwise. */
const SECONDS = 10;
const PAGES = 200;
const PORT = 4870;
/** The service's defaults: CACHE_DEADLINE, and what the promise adds to it. */
const DEADLINE_MS = 100;
const PROMISE_MS = DEADLINE_MS + 50;

/**
 * What readers feel of a caching Redis that freezes: 300 reads a second of known pages, L1 off in effect (L1_MAX_AGE=1ms) so that every read would
 * ask Redis; some seconds before the SIGSTOP, as many from it on, and after the SIGCONT.
 */
export async function redisFrozen([seconds = String(SECONDS)]: readonly string[]): Promise<void> {
  const partMs = 1_000 * Number(seconds);
  const site = await BenchSite.start();
  const stack = await LaunchedStack.start(PORT, { L1_MAX_AGE: '1ms' });
  try {
    const urls = Array.from({ length: PAGES }, (_, index) => stack.readUrl(site.url(String(index))));
    for (const url of urls) await (await fetch(url)).arrayBuffer();

    const redis = stack.pidOf('redis-cache');
    console.log(
      '| Redis (cache) | reads | not 200 | median ms | p99 ms | p99.9 ms | within deadline + 50 ms |',
    );
    console.log('| --- | --- | --- | --- | --- | --- | --- |');
    report('well', await measure(urls, partMs));
    process.kill(redis, 'SIGSTOP');
    report('frozen', await measure(urls, partMs));
    process.kill(redis, 'SIGCONT');
    report('well again', await measure(urls, partMs));
  } finally {
    await stack.stop();
    await site.stop();
  }
}

interface Sample {
  readonly status: number;
  readonly ms: number;
}

/** Open loop: a read starts when its time has come, whether or not those before it have been answered. */
async function measure(urls: readonly string[], forMs: number): Promise<readonly Sample[]> {
  const start = performance.now();
  const running: Promise<Sample>[] = [];
  while (performance.now() - start < forMs) {
    const due = ((performance.now() - start) / 1_000) * READS_PER_SECOND;
    while (running.length < due) running.push(sample(urls[running.length % urls.length]!));
    await pause(1);
  }
  return Promise.all(running);
}

async function sample(url: string): Promise<Sample> {
  const start = performance.now();
  const response = await fetch(url);
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - start };
}

function report(name: string, samples: readonly Sample[]): void {
  const times = samples.map(({ ms }) => ms).toSorted((one, other) => one - other);
  const quantile = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1);
  const failed = samples.filter(({ status }) => status !== 200).length;
  if (failed > 0) process.exitCode = 1; // times are for people to judge, failures aren't
  const within = samples.filter(({ ms }) => ms <= PROMISE_MS).length / samples.length;
  const figures = [
    samples.length,
    failed,
    quantile(0.5),
    quantile(0.99),
    quantile(0.999),
    `${(100 * within).toFixed(2)} %`,
  ];
  console.log(`| ${name} | ${figures.join(' | ')} |`);
}

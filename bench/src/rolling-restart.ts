import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ManagedProcess } from '../../apps/local/src/managed-process.js';
import { Fleet } from './fleet.js';
import { type Balancer, startBalancer } from './restarting/balancer.js';
import { JobAccount } from './restarting/job-account.js';
import { MixedLoad } from './restarting/mixed-load.js';
import { Origin } from './scraping/origin.js';

/** A second, unless said otherwise. */
const REQUESTS = 300;
/** Below those that the system gives to outgoing connections: while a gateway is away, nobody else may take its port. */
const PORTS = [4877, 4878];

const KEY = 'a-writer-of-the-bench';

/** Time between two restarts, in ms. */
const BETWEEN_MS = 2_000;

/** Longest wait for the last jobs and batches, in ms. */
const PATIENCE_MS = 30_000;

/**
 * Two gateways behind nginx and two workers, restarted one after the other under a mixed load. No request may fail, and no job may be lost: each that was added to the
 * queue ends, and each page of each batch is warm.
 */
export async function rollingRestart([requests = String(REQUESTS)]: readonly string[]): Promise<void> {
  const origin = await Origin.start();
  const fleet = await Fleet.start({ WRITER_TOKEN: KEY, DRAIN_DELAY: '2s', TRUST_PROXY: '1' });
  const jobs = new JobAccount(fleet.redisQueueUrl);
  let balancer: Balancer | undefined;
  try {
    const workers = [await fleet.startWorker(), await fleet.startWorker()];
    const gateways = await Promise.all(PORTS.map((port) => fleet.startGateway(port)));
    balancer = await startBalancer(join(fleet.folder, 'nginx'), PORTS);
    const load = new MixedLoad(balancer.url, KEY, origin);
    await load.prepare();
    await jobs.begin();
    const start = performance.now();
    const restarts: string[] = [];
    await load.run(Number(requests), async () => {
      await pause(BETWEEN_MS);
      for (const [index, port] of PORTS.entries()) {
        gateways[index] = await restart(gateways[index]!, () => fleet.startGateway(port));
        workers[index] = await restart(workers[index]!, () => fleet.startWorker());
      }
    });
    const seconds = (performance.now() - start) / 1_000;
    await jobs.settle(PATIENCE_MS);
    const unfinished = await unfinishedBatches(balancer.url, load.batches);
    report({ load, jobs, unfinished, ends: restarts, seconds });

    async function restart(app: ManagedProcess, begin: () => Promise<ManagedProcess>) {
      restarts.push(await fleet.end(app));
      const next = await begin();
      await pause(BETWEEN_MS);
      return next;
    }
  } finally {
    await jobs.close();
    await balancer?.process.stop('SIGQUIT');
    await fleet.stop();
    await origin.stop();
  }
}

interface Outcome {
  readonly load: MixedLoad;
  readonly jobs: JobAccount;
  /** Batches that have pages which aren't warm. */
  readonly unfinished: number;
  /** How each process ended that was restarted. */
  readonly ends: readonly string[];
  readonly seconds: number;
}

/** How many batches are not, or not soon, done with success for every page. */
async function unfinishedBatches(url: string, batches: readonly string[]): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  const left = new Set(batches);
  while (left.size > 0 && performance.now() < deadline)
    for (const batch of left) if (await isWarm(url, batch)) left.delete(batch);
  return left.size;
}

async function isWarm(url: string, batch: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/batches/${batch}`, { headers: { 'x-api-key': KEY } });
  const { data } = (await response.json()) as {
    data?: { readonly total: number; readonly outcomes: Readonly<Record<string, number>> };
  };
  return data !== undefined && data.outcomes['success'] === data.total;
}

function report({ load, jobs, unfinished, ends, seconds }: Outcome): void {
  console.log('| requests | number | failed | how |');
  console.log('| --- | --- | --- | --- |');
  let [requests, failed] = [0, 0];
  for (const [kind, tally] of Object.entries(load.tallies)) {
    const failures = [...tally.failures.values()].reduce((sum, count) => sum + count, 0);
    const how = [...tally.failures].map(([failure, count]) => `${count} × ${failure}`).join(', ');
    console.log(`| ${kind} | ${tally.requests} | ${failures} | ${how} |`);
    requests += tally.requests;
    failed += failures;
  }
  const killed = ends.filter((end) => !end.includes('SIGTERM'));
  console.log(
    `\n${ends.length} restarts in ${seconds.toFixed(0)} s, ${killed.length} of them not of their own will; ${failed} of ${requests} requests failed. ` +
      `${jobs.added.size} jobs: ${jobs.completed.size} completed, ${jobs.failed.size} failed, ${jobs.lost} lost. ${load.batches.length} batches: ${unfinished} unfinished.`,
  );
  if (failed + jobs.failed.size + jobs.lost + unfinished + killed.length > 0) process.exitCode = 1;
}

import { freePort } from '../../apps/local/src/free-port.js';
import type { ManagedProcess } from '../../apps/local/src/managed-process.js';
import { Fleet } from './fleet.js';
import { median } from './median.js';
import { Origin } from './scraping/origin.js';

/** Scrapes at a time, in each worker. */
const CONCURRENCY = 4;

/** Workers side by side, and how many times the speed of one they promise. */
const STEPS = [
  { workers: 1, promise: 1 },
  { workers: 2, promise: 1.9 },
  { workers: 4, promise: 3.6 },
] as const;

/** Each step so often, in turns, unless said otherwise. */
const ROUNDS = 3;

/** Reads of a round, by worker, as so many waits for a slow page one after the other; before them some that aren't counted, in which V8 compiles a new worker's code. */
const READS = 16 * CONCURRENCY;
const WARM_UP = 4 * CONCURRENCY;

/**
 * Cold reads a second through a gateway, by how many workers there are. Every read is of another page of another host, and every page takes half a second. The first argument is
 * how much of its promises it has to keep.
 */
export async function scale([share = '1', rounds = String(ROUNDS)]: readonly string[]): Promise<void> {
  const origin = await Origin.start();
  const fleet = await Fleet.start({ WORKER_CONCURRENCY: String(CONCURRENCY) });
  try {
    const port = await freePort();
    await fleet.startGateway(port);
    const workers: ManagedProcess[] = [];
    const speeds = STEPS.map(() => [] as number[]);
    let pages = 0;
    let failed = 0;
    const readCold = async (count: number): Promise<number> => {
      const urls = Array.from({ length: count }, () => readUrl(port, origin.slowPage((pages += 1))));
      const start = performance.now();
      const answered = await Promise.all(urls.map(isAnswered));
      failed += answered.filter((isSo) => !isSo).length;
      return (1_000 * count) / (performance.now() - start);
    };
    for (let round = 0; round < Number(rounds); round += 1) {
      for (const [step, { workers: count }] of STEPS.entries()) {
        while (workers.length < count) workers.push(await fleet.startWorker());
        await Promise.all(workers.splice(count).map((worker) => fleet.end(worker)));
        await readCold(count * WARM_UP);
        speeds[step]!.push(await readCold(count * READS));
      }
    }
    report(speeds, failed, Number(share));
  } finally {
    await fleet.stop();
    await origin.stop();
  }
}

function readUrl(port: number, page: string): string {
  return `http://127.0.0.1:${port}/v1/preview?url=${encodeURIComponent(page)}`;
}

async function isAnswered(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status === 200 && response.headers.get('x-cache-status') === 'MISS';
}

function report(speeds: readonly (readonly number[])[], failed: number, share: number): void {
  console.log('| workers | cold reads/s | of one, in the same round | promised |');
  console.log('| --- | --- | --- | --- |');
  const ratios = speeds.map((rounds) => median(rounds.map((speed, round) => speed / speeds[0]![round]!)));
  STEPS.forEach(({ workers, promise }, step) =>
    console.log(
      `| ${workers} | ${median(speeds[step]!).toFixed(1)} | ${ratios[step]!.toFixed(2)} × | ${promise.toFixed(1)} × |`,
    ),
  );
  console.log(`\n${failed} reads failed. No more than ${2 * CONCURRENCY} reads/s can be had of one worker.`);
  if (failed > 0 || STEPS.some(({ promise }, step) => ratios[step]! < share * promise)) process.exitCode = 1;
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchedStack } from './launched-stack.js';
import { OpenLoop } from './reading/open-loop.js';
import { residentBytes } from './reading/process-cost.js';
import { ServerProcess } from './reading/server-process.js';
import { multiplyPage, storePages } from './reading/stored-pages.js';

/** Pages that are read, each once, unless said otherwise. */
const PAGES = 1_000_000;

/** Points of the curve. */
const STEPS = 10;

const PER_SECOND = 3_000;
const PORT = 4882;

const MIB = 1024 ** 2;

/** What memory holds at the most, and the promise: the process is never larger than when it was idle by more than so much of it. */
const L1_MIB = 64;
const PROMISE = 1.5;

/** A gateway's memory while it reads more pages than fit into its first tier, each of them once. The second argument is another promise, for a floor. */
export async function readMemory([
  count = String(PAGES),
  promise = String(PROMISE),
]: readonly string[]): Promise<void> {
  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  const openLoop = new OpenLoop();
  let gateway: ServerProcess | undefined;
  try {
    const [stored] = await storePages(stack.databaseUrl, 1);
    const pages = await multiplyPage(stack.databaseUrl, stored!, Number(count));
    gateway = await ServerProcess.gateway({
      DATABASE_URL: stack.databaseUrl,
      REDIS_CACHE_URL: stack.redisCacheUrl,
      REDIS_QUEUE_URL: stack.redisQueueUrl,
      ANONYMOUS_READ: 'true',
      L1_MAX_BYTES: `${L1_MIB}MiB`,
      L1_MAX_AGE: '1h',
    });
    const { pid, port } = gateway;
    const idle = residentBytes(pid) / MIB;
    console.log(`| pages read | MB | beyond idle, of ${L1_MIB} MiB |`);
    console.log('| --- | --- | --- |');
    console.log(`| 0 | ${Math.round(idle)} | – |`);
    let [most, failed] = [0, 0];
    for (let step = 0; step < STEPS; step += 1) {
      const [from, until] = [step, step + 1].map((part) => Math.floor((pages.length * part) / STEPS));
      const file = join(stack.folder, 'pages.txt');
      const paths = pages.slice(from, until).map((page) => `/v1/preview?url=${encodeURIComponent(page)}`);
      writeFileSync(file, paths.join('\n'));
      const reading = openLoop.run({ file, port, perSecond: PER_SECOND, seconds: paths.length / PER_SECOND });
      const peak = await peakOf(pid, reading);
      failed += (await reading).failed;
      const share = (peak / MIB - idle) / L1_MIB;
      most = Math.max(most, share);
      console.log(`| ${until} | ${Math.round(peak / MIB)} | ${share.toFixed(2)} × |`);
    }
    const isKept = most <= Number(promise);
    console.log(
      `\nAt the most ${most.toFixed(2)} × beyond idle (promised: ${promise} ×); ${failed} reads failed.`,
    );
    if (!isKept || failed > 0) process.exitCode = 1;
  } finally {
    await openLoop.stop();
    await gateway?.stop();
    await stack.stop();
  }
}

/** The most memory that a process takes until some work is done, in bytes. */
async function peakOf(pid: number, work: Promise<unknown>): Promise<number> {
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, residentBytes(pid))), 100);
  try {
    await work;
    return peak;
  } finally {
    clearInterval(sampler);
  }
}

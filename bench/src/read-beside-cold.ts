import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { leaveGatewayAProcessor } from './reading/gateway-processor.js';
import { OpenLoop, type OpenLoopResult } from './reading/open-loop.js';
import { storePages } from './reading/stored-pages.js';
import { Wrk } from './reading/wrk.js';
import { Origin } from './scraping/origin.js';

const PAGES = 500;

/** Rounds of each, in turns, unless said otherwise, and how long one takes. */
const ROUNDS = 5;
const SECONDS = 6;

/** Share of what the gateway can do that it is asked for. */
const QUIET = 0.3;

/** What shows how much that is. */
const CONNECTIONS = 64;
const CAPACITY_SECONDS = 3;

const COLD_PER_SECOND = 50;

/** In which (ms) the worker looks at the pictures of what it scraped, so that it doesn't during the quiet turn. */
const AFTERMATH_MS = 3_000;

/** Most that cold reads may do to the p99 of those out of memory. */
const PROMISE = 2;

const PORT = 4887;

/** How late reads out of memory are while 50 cold reads a second go on beside them, on the whole service; and while none do, in turns. */
export async function readBesideCold([
  promise = String(PROMISE),
  roundCount = String(ROUNDS),
]: readonly string[]): Promise<void> {
  const alone = leaveGatewayAProcessor();
  const origin = await Origin.start();
  const stack = await LaunchedStack.start(PORT, {
    WARM_BUDGET: '0%',
    L1_MAX_AGE: '1h',
    ...alone,
  });
  const openLoop = new OpenLoop();
  try {
    const pages = await storePages(stack.databaseUrl, PAGES);
    const wrk = new Wrk(stack.folder);
    const urls = pages.map((page) => new URL(stack.readUrl(page)));
    const file = wrk.prepare(urls.map(({ pathname, search }) => ({ path: pathname + search, headers: {} })));
    const closedLoop = () => wrk.run(file, PORT, CONNECTIONS, CAPACITY_SECONDS);
    await closedLoop(); // V8 compiles
    const { requests, seconds } = await closedLoop();
    const perSecond = Math.round((QUIET * requests) / seconds);
    const known = () => openLoop.run({ file, port: PORT, perSecond, seconds: SECONDS });
    const cold = new ColdReads((number) => stack.readUrl(origin.page(number)));
    await Promise.all([known(), cold.readFor(SECONDS)]);
    const rounds: { readonly quiet: OpenLoopResult; readonly beside: OpenLoopResult }[] = [];
    for (let round = 0; round < Number(roundCount); round += 1) {
      await pause(AFTERMATH_MS);
      const quiet = await known();
      const [beside] = await Promise.all([known(), cold.readFor(SECONDS)]);
      rounds.push({ quiet, beside });
    }
    const failed =
      cold.failures.length + rounds.reduce((sum, { quiet, beside }) => sum + quiet.failed + beside.failed, 0);
    const ratio = median(rounds.map(({ quiet, beside }) => beside.p99 / quiet.p99));
    console.log('| reads out of memory | p50 ms | p99 ms | p99.9 ms |');
    console.log('| --- | --- | --- | --- |');
    for (const kind of ['quiet', 'beside'] as const) {
      const of = (quantile: 'p50' | 'p99' | 'p999') =>
        median(rounds.map((round) => round[kind][quantile])).toFixed(2);
      const name = kind === 'quiet' ? 'alone' : `beside ${COLD_PER_SECOND} cold reads a second`;
      console.log(`| ${name} | ${of('p50')} | ${of('p99')} | ${of('p999')} |`);
    }
    console.log(
      `\nThe p99 is ${ratio.toFixed(2)} × the quiet one (promised: ${promise} ×), with processor ${alone.GATEWAY_CPUS} for the gateway alone, by the median of ${roundCount} rounds of ${SECONDS} s at ${100 * QUIET} % of capacity, ${perSecond} reads a second; ${failed} reads failed.`,
    );
    for (const failure of cold.failures) console.log(`a cold read failed: ${failure}`);
    if (ratio > Number(promise) || failed > 0) process.exitCode = 1;
  } finally {
    await openLoop.stop();
    await stack.stop();
    await origin.stop();
  }
}

/** Reads of pages that nobody has read before, at even intervals, whether or not those before have been answered. */
class ColdReads {
  /** How those ended that failed. */
  readonly failures: string[] = [];
  private next = 0;
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly urlOf: (number: number) => string) {}

  /** Resolves when the last is answered. */
  async readFor(seconds: number): Promise<void> {
    const start = performance.now();
    const reads: Promise<void>[] = [];
    for (let begun = 0; begun < seconds * COLD_PER_SECOND; begun += 1) {
      await pause(Math.max(0, start + (1_000 * begun) / COLD_PER_SECOND - performance.now()));
      reads.push(this.read(this.next++));
    }
    await Promise.all(reads);
  }

  private async read(number: number): Promise<void> {
    try {
      const [answer] = (await once(get(this.urlOf(number), { agent: this.agent }), 'response')) as [
        IncomingMessage,
      ];
      const body = await text(answer);
      if (answer.statusCode !== 200) this.failures.push(body);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}

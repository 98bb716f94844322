import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { hitCosts, SECONDS } from './reading/hit-cost.js';
import { cpuNs } from './reading/process-cost.js';
import { Origin } from './scraping/origin.js';

/** Rounds of each, in turns, unless said otherwise. */
const ROUNDS = 5;

/** Cold reads of a round, so many at a time; those before the first round, in which V8 still compiles, don't count. */
const COLD_READS = 300;
const AT_A_TIME = 4;

const PORTS = [4_887, 4_888, 4_889];

/** How much is traced, and what of it is kept. */
const WAYS = [
  { name: 'no traces', share: undefined },
  { name: 'one trace in a hundred kept', share: '0.01' },
  { name: 'every trace kept', share: '1' },
] as const;

/** CPU of a read out of memory (of the gateway), and of a cold read (of gateway and worker), without traces and with them. It says what they cost, and promises nothing. */
export async function tracingCost([rounds = String(ROUNDS)]: readonly string[]): Promise<void> {
  const collector = await startCollector();
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const settings = WAYS.map(({ share }): Record<string, string> =>
    share === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share },
  );
  const stacks: LaunchedStack[] = [];
  const origin = await Origin.start();
  try {
    for (const [place, own] of settings.entries())
      stacks.push(await LaunchedStack.start(PORTS[place]!, { WARM_BUDGET: '0%', ...own }));
    const hits = await hitCosts(stacks[0]!, settings, Number(rounds));
    const cold: number[][] = [];
    for (let round = -1; round < Number(rounds); round += 1) {
      const costs: number[] = [];
      for (const stack of stacks) costs.push(await coldCost(stack, origin, (round + 1) * COLD_READS));
      if (round >= 0) cold.push(costs);
    }
    console.log('| | L1 hit, CPU µs | | cold read, CPU ms | |');
    console.log('| --- | --- | --- | --- | --- |');
    for (const [place, { name }] of WAYS.entries())
      console.log(
        `| ${name} | ${cell(hits.rounds, place, 1e3, 1)} | ${more(hits.rounds, place)} | ${cell(cold, place, 1e6, 2)} | ${more(cold, place)} |`,
      );
    console.log(
      `\nMedians of ${rounds} rounds, of ${SECONDS} s and of ${COLD_READS} cold reads; ${hits.failed} reads failed.`,
    );
    if (hits.failed > 0) process.exitCode = 1;
  } finally {
    for (const stack of stacks) await stack.stop();
    await origin.stop();
    collector.close();
    collector.closeAllConnections();
  }
}

/** Takes whatever comes, and looks at nothing. */
async function startCollector(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** CPU of a cold read, in ns. @param first number of the first page that this stack hasn't seen */
async function coldCost(stack: LaunchedStack, origin: Origin, first: number): Promise<number> {
  const pids = [stack.pidOf('gateway'), stack.pidOf('worker')];
  const cpu = () => pids.reduce((sum, pid) => sum + cpuNs(pid), 0);
  const before = cpu();
  let next = first;
  const readAll = async () => {
    while (next < first + COLD_READS) {
      const response = await fetch(stack.readUrl(origin.page(next++)));
      await response.arrayBuffer();
      if (response.headers.get('x-cache-status') !== 'MISS')
        throw new Error(`no cold read: ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, readAll));
  return (cpu() - before) / COLD_READS;
}

type Costs = readonly (readonly number[])[];

function cell(costs: Costs, place: number, unit: number, digits: number): string {
  return (median(costs.map((round) => round[place]!)) / unit).toFixed(digits);
}

/** Beside no traces, in the same round. */
function more(costs: Costs, place: number): string {
  if (place === 0) return '';
  return `+ ${(100 * (median(costs.map((round) => round[place]! / round[0]!)) - 1)).toFixed(0)} %`;
}

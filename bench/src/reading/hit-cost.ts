import type { LaunchedStack } from '../launched-stack.js';
import { seededRandom } from '../content-change.js';
import { cpuNs } from './process-cost.js';
import { ServerProcess } from './server-process.js';
import { storePages } from './stored-pages.js';
import { Wrk } from './wrk.js';

const PAGES = 1_000;
const SHOTS = 20_000;
const CONNECTIONS = 64;

/** Length of a turn, in seconds: short, as what else a machine does changes within some. */
export const SECONDS = 1;

/** In which V8 compiles, before anything is measured, in seconds. */
const WARM_UP_SECONDS = 4;

const TOKEN = 'a-reader-of-the-bench';

/** So that every read is counted. */
const COUNTED = { DEMAND_CALLER_CAP: '1000000000', DEMAND_HOST_CAP: '1000000000' };

export interface HitCosts {
  /** CPU of a read in ns, by the round and then by the gateway. */
  readonly rounds: readonly (readonly number[])[];
  readonly failed: number;
}

/** CPU of a read out of memory by gateways that are set differently, on the same servers: the same requests, in turns. */
export async function hitCosts(
  stack: LaunchedStack,
  settings: readonly Readonly<Record<string, string>>[],
  rounds: number,
): Promise<HitCosts> {
  const servers: ServerProcess[] = [];
  try {
    const pages = await storePages(stack.databaseUrl, PAGES);
    const environment = {
      DATABASE_URL: stack.databaseUrl,
      REDIS_CACHE_URL: stack.redisCacheUrl,
      REDIS_QUEUE_URL: stack.redisQueueUrl,
      ANONYMOUS_READ: 'true',
      READER_TOKEN: TOKEN,
      L1_MAX_AGE: '1h',
      ...COUNTED,
    };
    for (const own of settings) servers.push(await ServerProcess.gateway({ ...environment, ...own }));
    const paths = pages.map((page) => `/v1/preview?url=${encodeURIComponent(page)}`);
    for (const { port } of servers) await visitAll(port, paths);

    const wrk = new Wrk(stack.folder);
    const random = seededRandom('reads');
    const load = wrk.prepare(
      Array.from({ length: SHOTS }, () => {
        return { path: paths[Math.floor(random() * PAGES)]!, headers: { 'x-api-key': TOKEN } };
      }),
    );
    for (const { port } of servers) await wrk.run(load, port, CONNECTIONS, WARM_UP_SECONDS);
    const costs: number[][] = [];
    let failed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const cost: number[] = [];
      const places = [...servers.keys()];
      for (const place of round % 2 === 0 ? places : places.toReversed()) {
        const { pid, port } = servers[place]!;
        const before = cpuNs(pid);
        const loop = await wrk.run(load, port, CONNECTIONS, SECONDS);
        cost[place] = (cpuNs(pid) - before) / loop.requests;
        failed += loop.failed;
      }
      costs.push(cost);
    }
    return { rounds: costs, failed };
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function visitAll(port: number, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-api-key': TOKEN } });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${path} was answered with ${response.status}`);
  }
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findOrInstall } from '../../apps/local/src/apt-install.js';
import { freePort } from '../../apps/local/src/free-port.js';
import { seededRandom } from './content-change.js';
import { LaunchedStack } from './launched-stack.js';
import { drawRatios } from './reading/draw-ratios.js';
import { OpenLoop, type OpenLoopResult } from './reading/open-loop.js';
import { cpuNs, residentBytes } from './reading/process-cost.js';
import { ServerProcess } from './reading/server-process.js';
import { storePages } from './reading/stored-pages.js';
import { type ClosedLoop, type Shot, Wrk } from './reading/wrk.js';
import { median } from './median.js';

const PORT = 4880;
const CONNECTIONS = 64;

/** Requests of a load, which is gone through again and again. */
const SHOTS = 20_000;

/** Share of its capacity at which a server's latency is looked at. */
const QUIET = 0.3;

const TOKEN = 'a-reader-of-the-bench';

/** What the card of Microlink's clients asks with. */
const CARD = '&audio=true&iframe=true&palette=false&screenshot=false&video=true';

const BROTLI = { 'accept-encoding': 'gzip, deflate, br' };

/** All that can be on is on: a key's role is looked up, what anyone may read has the most headers, and every read counts for its page. */
const EVERYTHING_ON = {
  ANONYMOUS_READ: 'true',
  READER_TOKEN: TOKEN,
  DEMAND_CALLER_CAP: '1000000000',
  DEMAND_HOST_CAP: '1000000000',
};

/** What is in memory stays there while others have their turn: it is hits that are measured, and not how they came to be. */
const LASTING_L1 = { L1_MAX_AGE: '1h' };

/** So little that nothing fits. */
const NO_L1 = { L1_MAX_BYTES: '1KiB' };

/** Nobody listens there: the breaker sees to it that nobody asks. */
const NO_L2 = { REDIS_CACHE_URL: 'redis://127.0.0.1:1' };

/** A server with what it is asked, and what came of it. */
interface Row {
  readonly name: string;
  readonly server: ServerProcess;
  readonly load: string;
  readonly rounds: { readonly loop: ClosedLoop; readonly cpuNs: number }[];
  latency?: OpenLoopResult;
  megabytes?: number;
}

/**
 * Reads of known pages from each tier, beside servers that do nothing but answer the same bytes with the same headers: in one run, in turns, medians. The
 * ratios are to bare Fastify.
 */
export async function read(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '5' },
      pages: { type: 'string', default: '4000' },
      only: { type: 'string', default: '' },
      name: { type: 'string', default: 'read' },
    },
  });
  const [seconds, rounds, pageCount] = [values.seconds, values.rounds, values.pages].map(Number) as [
    number,
    number,
    number,
  ];
  const say = (line: string) => console.error(line);

  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  const servers: ServerProcess[] = [];
  const openLoop = new OpenLoop();
  const started = async (server: Promise<ServerProcess>) => {
    servers.push(await server);
    return servers.at(-1)!;
  };
  try {
    const pages = await storePages(stack.databaseUrl, pageCount);
    const wrk = new Wrk(stack.folder);
    const gateway = (environment: Readonly<Record<string, string>> = {}) =>
      started(
        ServerProcess.gateway({
          DATABASE_URL: stack.databaseUrl,
          REDIS_CACHE_URL: stack.redisCacheUrl,
          REDIS_QUEUE_URL: stack.redisQueueUrl,
          ...EVERYTHING_ON,
          ...environment,
        }),
      );
    const l1 = await gateway(LASTING_L1);
    const processes = await gateway({ ...LASTING_L1, GATEWAY_PROCESSES: String(availableParallelism()) });
    const framework = await gateway({ ...LASTING_L1, HOT_LANE: 'false' });
    const l2 = await gateway(NO_L1);
    const l3 = await gateway({ ...NO_L1, ...NO_L2 });

    const order = zipf(pages.length, SHOTS);
    const path = (page: string, query = '') => `/v1/preview?url=${encodeURIComponent(page)}${query}`;
    const paths = pages.map((page) => path(page));
    const etags = await visitAll(l1, paths); // and fills the tiers
    const answer = await sampleAnswer(l1, path(pages[0]!));
    const bareNode = await started(ServerProcess.bare({ kind: 'node', ...answer }));
    const bareFastify = await started(ServerProcess.bare({ kind: 'fastify', ...answer }));
    const shots = (query = '', headers: (page: number) => Readonly<Record<string, string>> = () => ({})) =>
      wrk.prepare(
        order.map((page): Shot => {
          return { path: path(pages[page]!, query), headers: { 'x-api-key': TOKEN, ...headers(page) } };
        }),
      );
    const plain = shots();
    const card = shots(CARD);
    const all: Row[] = [
      row('node:http, bare', bareNode, plain),
      row('Fastify, bare', bareFastify, plain),
      row('L1 hit', l1, plain),
      row("L1 hit, the card's query", l1, card),
      row(
        'L1, 304',
        l1,
        shots('', (page) => ({ 'if-none-match': etags[page]! })),
      ),
      row(
        'L1, brotli',
        l1,
        shots('', () => BROTLI),
      ),
      row('L1 hit, a process a core', processes, plain),
      row('L1 hit, without the hot lane', framework, plain),
      row('L2 hit', l2, plain),
      row("L2 hit, the card's query", l2, card),
      row('L3 hit', l3, plain),
    ];
    const varnishProgram = findOrInstall(
      { names: ['varnishd'], debianPackage: 'varnish', service: 'varnish' },
      say,
    );
    if (varnishProgram === undefined) say('Varnish is not installed: it is left out');
    else {
      const port = await freePort();
      const folder = join(stack.folder, 'varnish');
      const varnish = await started(ServerProcess.varnish(varnishProgram, folder, port, bareNode.port));
      all.push(row('Varnish', varnish, plain));
    }
    const rows = all.filter(({ name }) => values.only === '' || new RegExp(values.only).test(name));

    for (const { server, load } of rows) await wrk.run(load, server.port, CONNECTIONS, Math.min(3, seconds)); // V8 compiles
    for (let round = 0; round < rounds; round += 1) {
      for (const { server, load, rounds: done } of rows) {
        const before = cpuNs(server.pid);
        const loop = await wrk.run(load, server.port, CONNECTIONS, seconds);
        done.push({ loop, cpuNs: (cpuNs(server.pid) - before) / loop.requests });
      }
    }
    for (const one of rows) {
      one.latency = await openLoop.run({
        file: one.load,
        port: one.server.port,
        perSecond: QUIET * perSecond(one),
        seconds,
      });
      one.megabytes = residentBytes(one.server.pid) / 1024 ** 2;
    }
    report(rows, values.name, {
      seconds,
      rounds,
      pages: pageCount,
      bodyBytes: Buffer.byteLength(answer.body),
    });
  } finally {
    await openLoop.stop();
    for (const server of servers) await server.stop();
    await stack.stop();
  }
}

function row(name: string, server: ServerProcess, load: string): Row {
  return { name, server, load, rounds: [] };
}

/** Popular pages are read far more often than others: the k-th one 1/k as often as the first. */
function zipf(pages: number, reads: number): readonly number[] {
  const random = seededRandom('popularity');
  const sums: number[] = [];
  for (let rank = 1; rank <= pages; rank += 1) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  const total = sums.at(-1)!;
  return Array.from({ length: reads }, () => {
    const wanted = random() * total;
    let [low, high] = [0, pages - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

/** @returns the validator of each */
async function visitAll(server: ServerProcess, paths: readonly string[]): Promise<readonly string[]> {
  const etags: string[] = [];
  for (const path of paths) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      headers: { 'accept-encoding': 'identity' },
    });
    await response.arrayBuffer();
    const etag = response.headers.get('etag');
    if (response.status !== 200 || etag === null)
      throw new Error(`${path} was answered with ${response.status}`);
    etags.push(etag);
  }
  return etags;
}

/** What a gateway answers, for others to answer the same. */
async function sampleAnswer(server: ServerProcess, path: string) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    headers: { 'accept-encoding': 'identity' },
  });
  const body = await response.text();
  const headers = Object.fromEntries(response.headers);
  for (const own of ['date', 'connection', 'keep-alive']) delete headers[own]; // Node writes them for everybody
  return { headers, body };
}

function perSecond({ rounds }: Row): number {
  return median(rounds.map(({ loop }) => loop.requests / loop.seconds));
}

function report(rows: readonly Row[], file: string, setting: Readonly<Record<string, number>>): void {
  const base = rows.find(({ name }) => name === 'Fastify, bare') ?? rows[0]!;
  const results = rows.map((one) => {
    const ns = median(one.rounds.map((round) => round.cpuNs));
    return {
      name: one.name,
      perSecond: Math.round(perSecond(one)),
      // Rounds of one turn met the same noise.
      ratio: median(one.rounds.map(({ loop }, turn) => loop.requests / loop.seconds / speed(base, turn))),
      cpuNs: Math.round(ns),
      cpuRatio: median(one.rounds.map(({ cpuNs: own }, turn) => base.rounds[turn]!.cpuNs / own)),
      ...one.latency!,
      megabytes: one.megabytes!,
      failed: one.rounds.reduce((sum, { loop }) => sum + loop.failed, one.latency!.failed),
    };
  });
  const lines = [
    '| | requests/s | to bare Fastify | CPU ns a request | to bare Fastify | p50 ms | p99 ms | p99.9 ms | MB |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...results.map((result) => {
      const times = [result.p50, result.p99, result.p999].map((ms) => ms.toFixed(2));
      const figures = [result.perSecond, result.ratio.toFixed(2), result.cpuNs, result.cpuRatio.toFixed(2)];
      return `| ${[result.name, ...figures, ...times, Math.round(result.megabytes)].join(' | ')} |`;
    }),
  ];
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}`;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const text = `${lines.join('\n')}\n\n${machine}, commit ${commit}; medians of ${setting['rounds']} rounds of ${setting['seconds']} s, ${CONNECTIONS} connections, latency at ${100 * QUIET} % of capacity, ${setting['pages']} pages by Zipf, bodies of ${setting['bodyBytes']} bytes.\n`;
  console.log(text);
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(`bench/results/${file}.md`, text);
  writeFileSync(
    `bench/results/${file}.json`,
    `${JSON.stringify({ machine, commit, setting, results }, null, 2)}\n`,
  );
  writeFileSync(`bench/results/${file}.svg`, drawRatios('Reads of known pages, to bare Fastify', results));
  if (results.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

function speed({ rounds }: Row, turn: number): number {
  const { loop } = rounds[turn]!;
  return loop.requests / loop.seconds;
}

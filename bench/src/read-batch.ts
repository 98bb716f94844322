import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { parseArgs } from 'node:util';
import { BenchSite } from './bench-site.js';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { ServerProcess } from './reading/server-process.js';
import { storePages } from './reading/stored-pages.js';

const PORT = 4886;
const URLS = 1_000;
const KNOWN = 900;

/** So little that nothing fits. */
const NO_L1 = { L1_MAX_BYTES: '1KiB' };

/** Reads of one page for each batch: they are short, and so is the noise that each of them meets. */
const SINGLES = 50;

/**
 * A batch of 1,000 URLs of which 900 are known and the others have to be scraped, as lines: the time to the last of the known ones, beside that of one read of a known page. In turns, medians, from memory and from
 * Redis; the cold ones are other pages each time. Fails where a batch takes longer than `--promise` such reads.
 */
export async function readBatch(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '15' }, promise: { type: 'string', default: '60' } },
  });
  const [rounds, promise] = [Number(values.rounds), Number(values.promise)];
  const site = await BenchSite.start();
  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  const gateways: ServerProcess[] = [];
  try {
    const known = await storePages(stack.databaseUrl, KNOWN);
    console.log('| known in | one known read, ms | the known ones of a batch, ms | ratio |');
    console.log('| --- | --- | --- | --- |');
    for (const [tier, environment] of [
      ['L1', { L1_MAX_AGE: '1h' }],
      ['L2', NO_L1],
    ] as const) {
      const gateway = await ServerProcess.gateway({
        DATABASE_URL: stack.databaseUrl,
        REDIS_CACHE_URL: stack.redisCacheUrl,
        REDIS_QUEUE_URL: stack.redisQueueUrl,
        ANONYMOUS_READ: 'true',
        ...environment,
      });
      gateways.push(gateway);
      const singles: number[] = [];
      const batches: number[] = [];
      for (let round = -3; round < rounds; round += 1) {
        const cold = Array.from({ length: URLS - KNOWN }, (_, place) =>
          site.url(`${tier}-${round}-${place}`),
        );
        const alone: number[] = [];
        for (let read = 0; read < SINGLES; read += 1)
          alone.push(await singleMs(gateway.port, known[(read * 17) % KNOWN]!));
        const together = await batchMs(gateway.port, mixed(known, cold));
        if (round < 0) continue; // the tiers fill, and V8 compiles
        singles.push(median(alone));
        batches.push(together);
      }
      const [single, batch] = [median(singles), median(batches)];
      console.log(
        `| ${tier} | ${single.toFixed(2)} | ${batch.toFixed(1)} | ${(batch / single).toFixed(1)} × |`,
      );
      if (batch / single > promise) process.exitCode = 1;
    }
    console.log(
      `\n${URLS} URLs, ${KNOWN} of them known; medians of ${rounds} rounds; promised: ${promise} ×.`,
    );
  } finally {
    agent.destroy();
    for (const gateway of gateways) await gateway.stop();
    await stack.stop();
    await site.stop();
  }
}

const agent = new Agent({ keepAlive: true });

async function singleMs(port: number, page: string): Promise<number> {
  const startedAt = performance.now();
  const asked = request({ port, agent, path: `/v1/preview?url=${encodeURIComponent(page)}` });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`a known page was answered with ${response.statusCode}`);
  return performance.now() - startedAt;
}

/** To the line of the last that was known; the others are waited for, but not counted. */
async function batchMs(port: number, urls: readonly string[]): Promise<number> {
  const body = JSON.stringify({ urls });
  const startedAt = performance.now();
  const headers = {
    accept: 'application/x-ndjson',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const asked = request({ port, agent, method: 'POST', path: '/v1/previews', headers });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let [lines, ms] = [0, 0];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    if (lines >= KNOWN && ms === 0) ms = performance.now() - startedAt;
  }
  if (lines !== urls.length) throw new Error(`of ${urls.length} URLs ${lines} were answered`);
  return ms;
}

/** Every tenth is cold. */
function mixed(known: readonly string[], cold: readonly string[]): readonly string[] {
  const each = known.length / cold.length;
  return cold.flatMap((url, place) => [...known.slice(place * each, (place + 1) * each), url]);
}
